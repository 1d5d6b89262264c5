-- What can be had of a guarded event, by price category, for those who wait in line. Owner: booking-api, which writes it
-- about once a second while the event is sold; queue-gate reads it.
create table event_stock (
    event_id uuid primary key references event on delete cascade,
    -- [{"name", "price": {"minor", "currency"}, "left"}], in the organizer's order. What is held counts as not to be had.
    tiers jsonb not null,
    computed_at timestamptz not null
);
