-- Who is about to pay, who bought, what was paid, which tickets were issued. Owner: booking-api.
-- Every key begins with the event, so that the schema can be spread by event. Instants come from the service's clock.

-- One row per account and event: the lock under which limits are counted.
create table buyer (
    event_id uuid not null references event on delete cascade,
    account_id uuid not null references account,
    primary key (event_id, account_id)
);

create table booking_order (
    event_id uuid not null references event,
    order_id uuid not null,
    account_id uuid not null references account,
    visitor_id uuid,
    -- The pass that it was placed with, where a room guarded the event. No key: rooms have another owner.
    room_id uuid,
    pass_id uuid,
    hold_id uuid not null,
    state text not null check (state in ('awaiting_payment', 'capturing', 'paid', 'expired', 'cancelled', 'refunded', 'voided')),
    total_minor bigint not null check (total_minor >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- The end of the provider's session, and so of the claims.
    until timestamptz not null,
    created_at timestamptz not null,
    primary key (event_id, order_id),
    -- A hold is confirmed once.
    unique (event_id, hold_id),
    check ((room_id is null) = (pass_id is null))
);
create index booking_order_account_idx on booking_order (account_id, created_at desc);
create index booking_order_event_account_idx on booking_order (event_id, account_id);
create index booking_order_until_idx on booking_order (until) where state = 'awaiting_payment';

create table order_line (
    event_id uuid not null,
    order_id uuid not null,
    ticket_id integer not null,
    -- As it was when it was ordered.
    place text not null,
    price_minor bigint not null check (price_minor >= 0),
    primary key (event_id, order_id, ticket_id),
    foreign key (event_id, order_id) references booking_order,
    foreign key (event_id, ticket_id) references ticket
);

-- Set aside for an order that is being paid. An expired one is taken over only under the ticket's row lock.
create table claim (
    event_id uuid not null,
    ticket_id integer not null,
    order_id uuid not null,
    until timestamptz not null,
    constraint claim_ticket_key primary key (event_id, ticket_id),
    foreign key (event_id, order_id, ticket_id) references order_line
);
create index claim_order_idx on claim (event_id, order_id);

-- Sold: this row, and nothing else. The key lets one order have a ticket, whatever the code does (promise B1), and
-- only an order that has the ticket on a line.
create table sale (
    event_id uuid not null,
    ticket_id integer not null,
    order_id uuid not null,
    sold_at timestamptz not null,
    constraint sale_ticket_key primary key (event_id, ticket_id),
    foreign key (event_id, order_id, ticket_id) references order_line
);
create index sale_order_idx on sale (event_id, order_id);

-- A ticket whose code was given out; a transfer raises the serial. No ticket without a sale.
create table issued_ticket (
    event_id uuid not null,
    ticket_id integer not null,
    serial integer not null check (serial >= 1),
    order_id uuid not null,
    issued_at timestamptz not null,
    primary key (event_id, ticket_id, serial),
    foreign key (event_id, ticket_id) references sale
);

-- Everything that happened to an order. Append-only.
create table order_history (
    event_id uuid not null,
    order_id uuid not null,
    entry bigint generated always as identity,
    at timestamptz not null,
    state text not null,
    cause text not null,
    primary key (event_id, order_id, entry),
    foreign key (event_id, order_id) references booking_order
);
create trigger order_history_is_append_only before update or delete or truncate on order_history
    for each statement execute function refuse_change();

-- One attempt to have an order paid, committed before the provider is asked.
create table payment_attempt (
    event_id uuid not null,
    order_id uuid not null,
    n integer not null check (n >= 1),
    provider text not null,
    -- What the provider knows the attempt by: reference and idempotency key.
    provider_key text not null,
    -- The provider's one-time token, never a card; forgotten once the provider has answered.
    token text,
    state text not null check (state in ('created', 'pending', 'authorised', 'declined', 'captured', 'voiding', 'voided', 'refunded')),
    authorization_id text,
    amount_minor bigint not null check (amount_minor >= 0),
    currency text not null,
    created_at timestamptz not null,
    -- When the provider is asked next: to authorise, or what became of it. None once there is nothing left to ask.
    next_look_at timestamptz,
    looks integer not null default 0,
    primary key (event_id, order_id, n),
    unique (provider, provider_key),
    unique (provider, authorization_id),
    foreign key (event_id, order_id) references booking_order,
    check (state in ('created', 'declined', 'voiding') or authorization_id is not null)
);
-- One attempt at a time: the next begins when the last is known to have failed.
create unique index payment_attempt_live_key on payment_attempt (event_id, order_id)
    where state in ('created', 'pending', 'authorised', 'captured');
create index payment_attempt_due_idx on payment_attempt (next_look_at) where next_look_at is not null;

-- What the provider is told until it has done it.
create table payment_command (
    command_id bigint generated always as identity primary key,
    provider text not null,
    authorization_id text not null,
    kind text not null check (kind in ('capture', 'void', 'refund')),
    -- Absent where the provider authorised something that no attempt of ours asked for.
    event_id uuid,
    order_id uuid,
    n integer,
    created_at timestamptz not null,
    tries integer not null default 0,
    next_try_at timestamptz not null,
    done_at timestamptz,
    refused_at timestamptz,
    last_error text,
    unique (provider, authorization_id, kind),
    foreign key (event_id, order_id, n) references payment_attempt,
    check (done_at is null or refused_at is null)
);
-- Money is either taken or left (promise B3): never a capture and a void of one authorisation, unless the first was refused.
create unique index payment_command_either_key on payment_command (provider, authorization_id)
    where kind in ('capture', 'void') and refused_at is null;
create index payment_command_due_idx on payment_command (next_try_at) where done_at is null and refused_at is null;

-- Callbacks that were taken in, kept 30 days: a provider repeats itself.
create table payment_callback (
    provider text not null,
    callback_id text not null,
    body jsonb not null,
    received_at timestamptz not null,
    primary key (provider, callback_id)
);
create index payment_callback_received_idx on payment_callback (received_at);

-- `Idempotency-Key`: committed first as running; the answer is written with the work.
create table idempotency (
    account_id uuid not null references account,
    key text not null check (length(key) between 1 and 200),
    body_hash bytea not null,
    state text not null check (state in ('running', 'done')),
    -- Of this copy and this try: who takes over a run that died changes it.
    run_id uuid not null,
    status integer,
    answer jsonb,
    created_at timestamptz not null,
    primary key (account_id, key),
    check ((state = 'done') = (status is not null and answer is not null))
);
create index idempotency_created_idx on idempotency (created_at);

-- What the mirror of sold and claimed tickets in Redis must still be told; deleted once it was.
create table mirror_change (
    change_id bigint generated always as identity primary key,
    event_id uuid not null,
    ticket_id integer not null,
    version bigint not null,
    taken boolean not null
);
create index mirror_change_event_idx on mirror_change (event_id, change_id);

-- Which Redis the mirror of an event lives in; the epoch rises with each rebuild, so that a hold tells whether the
-- Redis that it was placed in is still the one that we ask.
create table mirror_epoch (
    event_id uuid primary key references event on delete cascade,
    epoch bigint not null,
    run_id text not null
);
