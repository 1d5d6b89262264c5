-- Messages that go out, written in the transaction of what they tell. Owners append; notifier delivers.
create table outbox (
    message_id uuid primary key,
    kind text not null,
    -- What the message is about: with `kind`, at most one message per cause.
    cause text not null,
    body jsonb not null,
    created_at timestamptz not null,
    -- The notifier's own columns.
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    delivered_at timestamptz,
    given_up_at timestamptz,
    last_error text,
    unique (kind, cause)
);
create index outbox_due_idx on outbox (next_attempt_at) where delivered_at is null and given_up_at is null;
