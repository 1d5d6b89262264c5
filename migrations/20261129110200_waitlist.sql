-- Waitlists: who is offered seats that come back, and in which order. Owner: booking-api.
create table waitlist (
    event_id uuid primary key references event on delete cascade,
    -- Whether somebody may enter. Who is on it stays on it.
    is_open boolean not null,
    -- How long an offer lasts.
    offer_seconds integer not null check (offer_seconds between 60 and 604800)
);

create table waitlist_entry (
    event_id uuid not null references waitlist on delete cascade,
    entry_id uuid not null,
    -- The order of entry.
    n bigint generated always as identity,
    account_id uuid not null references account,
    quantity integer not null check (quantity between 1 and 100),
    -- The tiers that will do; empty for all.
    tiers uuid[] not null default '{}',
    state text not null check (state in ('waiting', 'offered', 'accepted', 'lapsed', 'left', 'removed')),
    entered_at timestamptz not null,
    ended_at timestamptz,
    primary key (event_id, entry_id),
    check ((state in ('waiting', 'offered')) = (ended_at is null))
);
-- Once at a time for each account.
create unique index waitlist_entry_account_key on waitlist_entry (event_id, account_id)
    where state in ('waiting', 'offered');
create index waitlist_entry_waiting_idx on waitlist_entry (event_id, n) where state = 'waiting';

-- An entry is offered seats once: who lets them go enters again, at the end. The key holds even when the code is wrong.
create table waitlist_offer (
    event_id uuid not null,
    offer_id uuid not null,
    entry_id uuid not null,
    -- The hash of what the mail carries.
    token_hash bytea not null check (length(token_hash) = 32),
    state text not null check (state in ('open', 'accepted', 'lapsed', 'withdrawn')),
    offered_at timestamptz not null,
    until timestamptz not null,
    ended_at timestamptz,
    order_id uuid,
    primary key (event_id, offer_id),
    constraint waitlist_offer_entry_key unique (event_id, entry_id),
    unique (event_id, token_hash),
    foreign key (event_id, entry_id) references waitlist_entry on delete cascade,
    foreign key (event_id, order_id) references booking_order,
    check ((state = 'open') = (ended_at is null)),
    check ((state = 'accepted') = (order_id is not null))
);
create index waitlist_offer_due_idx on waitlist_offer (until) where state = 'open';

-- Seats that came back and are kept from general sale: for the list, or offered already.
create table waitlist_seat (
    event_id uuid not null,
    ticket_id integer not null,
    offer_id uuid,
    -- Since when nobody is offered it.
    since timestamptz not null,
    primary key (event_id, ticket_id),
    foreign key (event_id, ticket_id) references ticket on delete cascade,
    foreign key (event_id, offer_id) references waitlist_offer on delete cascade
);
create index waitlist_seat_unoffered_idx on waitlist_seat (event_id) where offer_id is null;
create index waitlist_seat_offer_idx on waitlist_seat (event_id, offer_id);
