-- What an organizer watches: where the line's numbers stood at which time, from which waits are measured, and one row a room
-- and minute. Owner: queue-gate.
create table line_mark (
    room_id uuid not null references room,
    -- The last number that had been given by then.
    number bigint not null,
    at timestamptz not null,
    primary key (room_id, number)
);
create index line_mark_at_idx on line_mark (room_id, at);

create table room_minute (
    room_id uuid not null references room,
    minute timestamptz not null,
    state text not null,
    -- As they were when the minute had ended; absent while Redis was away.
    waiting bigint,
    away bigint,
    called bigint not null,
    active bigint not null,
    -- What happened in it.
    admitted bigint not null,
    no_shows bigint not null,
    target integer not null,
    -- How long those had waited who were called in it, in seconds; absent where nobody was.
    wait_p50 double precision,
    wait_p90 double precision,
    primary key (room_id, minute)
);

-- A room that never opened may be removed: it is closed, and shown no more. Its log stays.
alter table room add column removed_at timestamptz check (removed_at is null or state = 'closed');
