-- Openings that are planned: several for a room, one at a time, each with settings of its own. Owner: queue-gate.
create extension if not exists btree_gist;

create table opening (
    opening_id uuid primary key,
    room_id uuid not null references room,
    starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at),
    -- What the room is while it lasts.
    state text not null check (state in ('open', 'bypass', 'reject')),
    reason text check (length(reason) between 1 and 500),
    -- What holds instead of the room's own settings while it lasts.
    admit_per_minute integer check (admit_per_minute between 0 and 1000000),
    max_active integer check (max_active between 0 and 1000000),
    message text check (length(message) between 1 and 500),
    -- What it took the place of, to be put back: there from its beginning on.
    replaced jsonb,
    begun_at timestamptz,
    ended_at timestamptz,
    check ((state = 'open') = (reason is null)),
    check (begun_at is not null or ended_at is null),
    constraint opening_one_at_a_time exclude using gist (room_id with =, tstzrange(starts_at, ends_at) with &&)
);
create index opening_due_idx on opening (room_id, starts_at) where ended_at is null;
