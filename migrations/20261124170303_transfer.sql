-- Tickets that their holders send to somebody else. Owner: booking-api.
-- Whether an event's tickets may be sent; without a row they may.
create table transfer_rule (
    event_id uuid primary key references event on delete cascade,
    allowed boolean not null
);
create table ticket_transfer (
    event_id uuid not null,
    transfer_id uuid not null,
    ticket_id integer not null,
    -- The code that it replaces.
    serial integer not null,
    order_id uuid not null,
    from_id uuid not null references account,
    to_email text not null check (length(to_email) between 3 and 254),
    -- Of the secret in the mail: whoever reads this table can accept nothing.
    secret_hash bytea not null check (length(secret_hash) = 32),
    state text not null check (state in ('offered', 'accepted', 'cancelled', 'expired')),
    created_at timestamptz not null,
    until timestamptz not null,
    ended_at timestamptz,
    to_id uuid references account,
    primary key (event_id, transfer_id),
    foreign key (event_id, order_id) references booking_order,
    foreign key (event_id, ticket_id) references ticket,
    check ((state = 'offered') = (ended_at is null)),
    check ((state = 'accepted') = (to_id is not null))
);
-- A ticket is on one way at a time.
create unique index ticket_transfer_open_key on ticket_transfer (event_id, ticket_id) where state = 'offered';
create index ticket_transfer_from_idx on ticket_transfer (from_id);
