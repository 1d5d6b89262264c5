-- What organizers are told by HTTP: webhooks. Owner: booking-api; notifier delivers, and writes how it went.

create table webhook_endpoint (
    endpoint_id uuid primary key,
    owner_id uuid not null references account,
    url text not null check (length(url) between 1 and 2000),
    description text check (length(description) between 1 and 200),
    -- The kinds of notice that it is told.
    kinds text[] not null check (cardinality(kinds) between 1 and 50),
    secret bytea not null check (length(secret) between 24 and 64),
    -- The secret before it, which signs too until then.
    previous_secret bytea check (length(previous_secret) between 24 and 64),
    previous_until timestamptz,
    -- Why it is told nothing: the organizer said so, it answered 410, or it failed for too long.
    off_cause text check (off_cause in ('organizer', 'gone', 'failing')),
    off_at timestamptz,
    created_at timestamptz not null,
    -- A row stays until its deliveries are forgotten, so that nobody who tells something meets a row that goes.
    removed_at timestamptz,
    -- The notifier's own columns: failures in a row, since when, and until when it is left alone.
    failures integer not null default 0,
    failing_since timestamptz,
    rests_until timestamptz,
    check ((off_cause is null) = (off_at is null)),
    check ((previous_secret is null) = (previous_until is null))
);
create unique index webhook_endpoint_url_key on webhook_endpoint (owner_id, url) where removed_at is null;

-- What is told, once for all endpoints. Written in the transaction of what it tells, where anybody listens.
create table webhook_notice (
    notice_id uuid primary key,
    owner_id uuid not null references account,
    kind text not null,
    -- What it is about: at most one of a kind for a cause.
    cause text not null,
    -- The bytes that are sent and signed.
    body text not null check (octet_length(body) <= 65536),
    created_at timestamptz not null,
    unique (owner_id, kind, cause)
);
create index webhook_notice_created_idx on webhook_notice (created_at);

-- One notice for one endpoint.
create table webhook_delivery (
    endpoint_id uuid not null references webhook_endpoint on delete cascade,
    notice_id uuid not null references webhook_notice on delete cascade,
    state text not null default 'due' check (state in ('due', 'delivered', 'failed')),
    -- All attempts: the fence of whoever writes how one went. `tries` begins anew with a replay.
    attempts integer not null default 0,
    tries integer not null default 0,
    next_attempt_at timestamptz not null,
    created_at timestamptz not null,
    done_at timestamptz,
    primary key (endpoint_id, notice_id)
);
create index webhook_delivery_due_idx on webhook_delivery (endpoint_id, next_attempt_at) where state = 'due';
create index webhook_delivery_notice_idx on webhook_delivery (notice_id);

-- The log: how each attempt went.
create table webhook_attempt (
    endpoint_id uuid not null,
    notice_id uuid not null,
    attempt integer not null,
    at timestamptz not null,
    duration_ms integer not null check (duration_ms >= 0),
    -- What the endpoint answered; else what went wrong.
    status smallint,
    error text check (length(error) <= 500),
    primary key (endpoint_id, notice_id, attempt),
    foreign key (endpoint_id, notice_id) references webhook_delivery on delete cascade,
    check (status is not null or error is not null)
);
