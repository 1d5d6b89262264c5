-- Draws: rooms whose order is drawn from a lobby. Owner: queue-gate. What is published of a draw, and what must not be
-- taken back, stands here; the lobby itself lives in Redis.

create table room_draw (
    room_id uuid primary key references room,
    -- SHA-256 of the seed, published from the first moment.
    commitment bytea not null check (length(commitment) = 32),
    -- The seed, sealed under a key that follows from the gates' secret: a nonce, then AES-256-GCM.
    sealed_seed bytea not null check (length(sealed_seed) = 60),
    -- A public value of the future that was named beforehand, in words; and what it turned out to be.
    beacon text check (length(beacon) between 1 and 300),
    beacon_value text check (length(beacon_value) between 1 and 500),
    -- committed: nothing has happened yet.  opened: the lobby is being closed and copied.  frozen: its digest stands.
    -- drawn: the seed is public.  done: every place of the draw is in the line.
    phase text not null default 'committed' check (phase in ('committed', 'opened', 'frozen', 'drawn', 'done')),
    opened_at timestamptz,
    -- The epoch whose numbers the draw gives: no later than that of anybody who came late.
    epoch integer check (epoch >= 1),
    seed bytea check (sha256(seed) = commitment),
    drawn_at timestamptz,
    done_at timestamptz,
    check ((phase = 'committed') = (opened_at is null) and (opened_at is null) = (epoch is null)),
    check ((phase in ('drawn', 'done')) = (seed is not null) and (seed is null) = (drawn_at is null)),
    check ((phase = 'done') = (done_at is not null)),
    check (beacon_value is null or beacon is not null),
    check (seed is null or beacon is null or beacon_value is not null)
);

-- The lobby as it was read from Redis, in pieces: place id and visitor of each entry, 16 bytes and 16. The list is the
-- union of the pieces. They were read in one epoch, or in several where Redis was lost meanwhile.
create table draw_chunk (
    room_id uuid not null references room_draw,
    epoch integer not null,
    first integer not null check (first >= 0),
    entries bytea not null check (length(entries) % 32 = 0),
    primary key (room_id, epoch, first)
);
-- Chance cannot be compressed: do not try.
alter table draw_chunk alter column entries set storage external;

-- The list's digest. One row a draw: whoever inserts it has closed the list, before the seed is looked at.
create table draw_digest (
    room_id uuid primary key references room_draw,
    entries integer not null check (entries >= 0),
    digest bytea not null check (length(digest) = 32),
    frozen_at timestamptz not null
);
create trigger draw_digest_is_append_only before update or delete or truncate on draw_digest
    for each statement execute function refuse_change();
