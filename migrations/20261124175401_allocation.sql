-- Tickets that the organizer sets aside, gives away, or sells at the counter. Owner: booking-api. Each is an order like any
-- other, with the same locks, claims and sales; here stands only what it is besides.
create table allocation (
    event_id uuid not null,
    order_id uuid not null,
    kind text not null check (kind in ('held_back', 'comp', 'box_office')),
    -- For the organizer: "Press", "Sound desk".
    label text not null check (length(label) between 1 and 100),
    -- How it was paid at the counter.
    paid_by text check (paid_by in ('cash', 'card')),
    created_by uuid not null references account,
    created_at timestamptz not null,
    primary key (event_id, order_id),
    foreign key (event_id, order_id) references booking_order,
    check ((kind = 'box_office') = (paid_by is not null))
);
