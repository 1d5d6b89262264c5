-- What best available must know of seats, and what a shared pass has bought. Owner: booking-api.

alter table ticket
    -- Beside a wheelchair: for who comes with somebody in one.
    add column companion boolean not null default false,
    add column restricted_view boolean not null default false,
    add constraint ticket_kind_check check (not (accessible and companion));

-- Where people look to; the best seats are the nearest. Section '' speaks for all that have no point of their own.
create table focal_point (
    event_id uuid not null references event on delete cascade,
    section text not null check (length(section) <= 100),
    x real not null,
    y real not null,
    primary key (event_id, section)
);

-- What was ordered with one pass, whoever of a party ordered it.
create index booking_order_event_pass_idx on booking_order (event_id, pass_id) where pass_id is not null;
