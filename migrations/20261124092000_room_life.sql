-- The whole life of a room: exceptions that lead back, and the intervals in which its line is suspended. Owner: queue-gate.

alter table room
    -- What a room in `bypass` or `reject` goes back to, and why it is there.
    add column exception_from text check (exception_from in ('scheduled', 'lobby', 'open', 'paused', 'drained')),
    add column exception_reason text check (length(exception_reason) between 1 and 500),
    -- Since when everybody is let through because no gate can call anybody (its policy says so).
    add column failed_open_at timestamptz;
update room set exception_from = 'open', exception_reason = 'Set by hand.' where state in ('bypass', 'reject');
alter table room
    drop constraint room_check1,
    add constraint room_pause_has_a_reason
        check (coalesce(exception_from, state) = 'paused' and pause_reason is not null
               or coalesce(exception_from, state) <> 'paused' and pause_reason is null),
    add constraint room_exception_has_a_way_back
        check ((state in ('bypass', 'reject')) = (exception_from is not null)
               and (exception_from is null) = (exception_reason is null)),
    add constraint room_fails_open_only_while_it_calls check (failed_open_at is null or state = 'open');

-- An interval in which order and caps (promises W1 and W2) are suspended for a room: everybody is let through.
create table suspension (
    room_id uuid not null references room,
    suspension_id bigint generated always as identity,
    cause text not null check (cause in ('bypass', 'failed_open')),
    reason text not null,
    began_at timestamptz not null,
    -- The last pass that was given in it has lapsed a minute later.
    ended_at timestamptz check (ended_at >= began_at),
    -- How many visitors were let through; one who came to several gates counts for each.
    visitors bigint not null default 0 check (visitors >= 0),
    primary key (room_id, suspension_id)
);
create unique index suspension_open_key on suspension (room_id) where ended_at is null;

create or replace view guarded_event as
    select event_id, room_id, state = 'bypass' or failed_open_at is not null as bypass from room where state <> 'closed';
