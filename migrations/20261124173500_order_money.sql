-- What an order is made of to the cent, refunds, disputes, and calling an event off. Owner: booking-api.

-- What is charged beside the face value: a fixed fee a ticket, and rates in parts per million (190000 is 19 %). A tier
-- may have its own; absent, those of its event hold.
alter table event
    add column fee_minor bigint not null default 0 check (fee_minor between 0 and 1000000000),
    add column fee_ppm integer not null default 0 check (fee_ppm between 0 and 1000000),
    add column tax_ppm integer not null default 0 check (tax_ppm between 0 and 1000000),
    -- Whether the tax is part of the price, or comes on top of it.
    add column tax_included boolean not null default true;
alter table tier
    add column fee_minor bigint check (fee_minor between 0 and 1000000000),
    add column fee_ppm integer check (fee_ppm between 0 and 1000000),
    add column tax_ppm integer check (tax_ppm between 0 and 1000000);

alter table booking_order drop constraint booking_order_state_check;
alter table booking_order add constraint booking_order_state_check check (state in ('awaiting_payment', 'capturing',
    'paid', 'fulfilled', 'partly_refunded', 'refunded', 'expired', 'cancelled', 'voided'));
-- The number that people say to each other, from 1 without gaps inside an event. Given only to what was sold, by a loop:
-- no buyer waits for another's number.
alter table booking_order add column number bigint check (number >= 1);
alter table booking_order add constraint booking_order_number_key unique (event_id, number);
create index booking_order_unnumbered_idx on booking_order (event_id) where number is null
    and state in ('paid', 'fulfilled', 'partly_refunded', 'refunded');
create index booking_order_live_idx on booking_order (event_id, order_id)
    where state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded');
create index booking_order_paid_idx on booking_order (event_id) where state = 'paid';

-- Money that goes back for tickets, by the organizer's word.
create table refund (
    event_id uuid not null,
    order_id uuid not null,
    refund_id uuid not null,
    cause text not null check (cause in ('organizer', 'event_cancelled')),
    reason text not null check (length(reason) between 1 and 500),
    requested_by uuid not null references account,
    amount_minor bigint not null check (amount_minor >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    state text not null check (state in ('pending', 'done', 'refused')),
    created_at timestamptz not null,
    ended_at timestamptz,
    primary key (event_id, order_id, refund_id),
    foreign key (event_id, order_id) references booking_order,
    check ((state = 'pending') = (ended_at is null))
);
-- An event is called off once, and an order is refunded for it once.
create unique index refund_event_cancelled_key on refund (event_id, order_id) where cause = 'event_cancelled';
create index refund_open_idx on refund (event_id) where state <> 'done';

-- The parts of a price: `price_minor` is what the buyer pays for the ticket, with everything.
alter table order_line
    add column face_minor bigint check (face_minor >= 0),
    add column fee_minor bigint not null default 0 check (fee_minor >= 0),
    add column tax_minor bigint not null default 0 check (tax_minor >= 0),
    add column tax_included boolean not null default true,
    -- Since when the ticket is not the order's any more: refunded, or charged back.
    add column returned_at timestamptz,
    add column refund_id uuid,
    add constraint order_line_price_check check (
        price_minor = coalesce(face_minor, price_minor) + fee_minor + case when tax_included then 0 else tax_minor end),
    add constraint order_line_refund_check check (refund_id is null or returned_at is not null),
    add foreign key (event_id, order_id, refund_id) references refund;

-- A refund has an amount and a key of its own; there may be many for one authorisation.
alter table payment_command add column refund_id uuid, add column amount_minor bigint check (amount_minor > 0),
    add check ((refund_id is null) = (amount_minor is null)), add check (refund_id is null or kind = 'refund'),
    drop constraint payment_command_provider_authorization_id_kind_key;
create unique index payment_command_kind_key on payment_command (provider, authorization_id, kind) where refund_id is null;
create unique index payment_command_refund_key on payment_command (provider, authorization_id, refund_id)
    where refund_id is not null;

-- Where the fan must go to prove that it is they who pay, while the provider waits for it.
alter table payment_attempt add column challenge_url text;

-- What fans took up with their banks, as the provider tells of it.
create table dispute (
    provider text not null,
    dispute_id text not null,
    event_id uuid not null,
    order_id uuid not null,
    n integer not null,
    amount_minor bigint not null check (amount_minor >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    state text not null check (state in ('opened', 'won', 'lost')),
    opened_at timestamptz not null,
    closed_at timestamptz,
    primary key (provider, dispute_id),
    foreign key (event_id, order_id, n) references payment_attempt,
    check ((state = 'opened') = (closed_at is null))
);
create index dispute_order_idx on dispute (event_id, order_id);

-- An event that was called off with everybody's money going back. The row is what the work goes on from.
create table event_cancellation (
    event_id uuid primary key references event,
    requested_by uuid not null references account,
    reason text not null check (length(reason) between 1 and 500),
    cancelled_at timestamptz not null,
    -- When somebody looks again for orders that are not refunded.
    next_look_at timestamptz not null
);
create index event_cancellation_due_idx on event_cancellation (next_look_at);

-- Called off with everybody's money going back, an event is called off for good, whatever is said about it later.
create function stay_called_off() returns trigger language plpgsql as $$
begin
    if exists (select from event_cancellation where event_id = new.event_id) then
        new.state := 'cancelled';
    end if;
    return new;
end
$$;
create trigger event_stays_called_off before update of state on event
    for each row when (old.state = 'cancelled' and new.state <> 'cancelled') execute function stay_called_off();
