-- Waiting rooms. Owner: queue-gate. Redis carries the living line; here stands what must not be taken back.

create table room (
    room_id uuid primary key,
    event_id uuid not null,
    owner_id uuid not null,
    name text not null check (length(name) between 1 and 300),
    state text not null check (state in ('scheduled', 'lobby', 'open', 'paused', 'drained', 'closed', 'bypass', 'reject')),
    -- Raised with every change; a grant names the version that it was decided under.
    settings_version bigint not null default 1,
    admit_per_minute integer not null check (admit_per_minute between 0 and 1000000),
    max_active integer not null check (max_active between 0 and 1000000),
    claim_window interval not null check (claim_window between '10 seconds' and '30 minutes'),
    session_length interval not null check (session_length between '1 minute' and '30 minutes'),
    message text check (length(message) <= 500),
    pause_reason text check (length(pause_reason) between 1 and 500),
    -- Which Redis the line lives in: the epoch rises by compare-and-set when its run id changes.
    epoch integer not null default 0 check (epoch between 0 and 1048575),
    redis_run_id text,
    -- Since when; calling waits for the fans to bring their places after a fault.
    epoch_since timestamptz,
    last_tick bigint not null default 0,
    last_granted_at timestamptz,
    created_at timestamptz not null,
    closed_at timestamptz,
    check ((state = 'closed') = (closed_at is not null)),
    check ((state = 'paused') = (pause_reason is not null))
);
-- One living room per event.
create unique index room_event_key on room (event_id) where state <> 'closed';

-- A grant: who was called, decided before Redis hears of it. The key is the compare-and-set between gate nodes.
create table batch (
    room_id uuid not null references room,
    tick bigint not null,
    places bigint[] not null,
    epoch integer not null,
    granted_at timestamptz not null,
    applied_at timestamptz,
    primary key (room_id, tick)
);
-- One batch a room may be unapplied.
create unique index batch_unapplied_key on batch (room_id) where applied_at is null;
create index batch_applied_idx on batch (room_id, applied_at desc);

-- A slot of `max_active`: taken by the grant, ended by a written transition only.
create table slot (
    room_id uuid not null references room,
    pass_id uuid not null,
    place bigint not null,
    tick bigint not null,
    -- Known from the apply on: Redis says whose place it is.
    visitor_id uuid,
    state text not null check (state in ('called', 'active', 'ended')),
    -- Claim by then, while `called`; shopping ends then, while `active`.
    until timestamptz,
    -- When an active slot ends at the latest, with the hold and the payment behind it.
    ends_at timestamptz,
    exchanged_at timestamptz,
    ended_at timestamptz,
    cause text check (cause in ('no_show', 'gone', 'purchased', 'left', 'cancelled', 'idle', 'expired', 'revoked')),
    primary key (room_id, pass_id),
    foreign key (room_id, tick) references batch (room_id, tick),
    check ((state = 'ended') = (ended_at is not null and cause is not null))
);
create unique index slot_place_key on slot (room_id, place) where state <> 'ended';
create index slot_live_idx on slot (room_id, state) where state <> 'ended';
create index slot_visitor_idx on slot (room_id, visitor_id);
-- What a gate reads to know the passes that hold no longer.
create index slot_ended_idx on slot (ended_at) where state = 'ended';

-- Written by booking-api, in the transaction that makes a pass need its slot no longer; consumed by queue-gate.
create table slot_release (
    release_id bigint generated always as identity primary key,
    room_id uuid not null,
    pass_id uuid not null,
    cause text not null check (cause in ('purchased', 'left', 'cancelled', 'idle')),
    created_at timestamptz not null,
    consumed_at timestamptz,
    unique (room_id, pass_id)
);
create index slot_release_open_idx on slot_release (release_id) where consumed_at is null;

-- Everything that happened to a room, in order. Append-only (promise W7).
create table room_log (
    room_id uuid not null references room,
    entry bigint generated always as identity,
    at timestamptz not null,
    -- The account of the organizer, or none where the gate itself acted.
    actor_id uuid,
    kind text not null,
    detail jsonb not null,
    primary key (room_id, entry)
);
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger room_log_is_append_only before update or delete or truncate on room_log
    for each statement execute function refuse_change();

-- Which events nobody enters without a pass. booking-api reads this view, and nothing else of the rooms.
create view guarded_event as
    select event_id, room_id, state = 'bypass' as bypass from room where state <> 'closed';
