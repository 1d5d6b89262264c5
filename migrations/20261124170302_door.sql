-- What happens at the doors of an event. Owner: booking-api.
-- A door, and the session of those who work at it.
create table door (
    event_id uuid not null references event on delete cascade,
    door_id uuid not null,
    name text not null check (length(name) between 1 and 100),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (event_id, door_id)
);
-- Every scan, once, by the id that the scanner gave it. Append-only.
create table door_scan (
    event_id uuid not null,
    scan_id uuid not null,
    entry bigint generated always as identity,
    door_id uuid not null,
    -- Absent where the code is not genuine.
    ticket_id integer,
    serial integer,
    direction text not null check (direction in ('in', 'out')),
    -- By the scanner's clock where it was offline, else by ours.
    at timestamptz not null,
    received_at timestamptz not null,
    -- Whether the scanner decided alone and told us later.
    offline boolean not null,
    outcome text not null check (outcome in ('passed', 'refused')),
    reason text check (reason in ('notGenuine', 'revoked', 'alreadyIn', 'notIn')),
    -- The how-manieth time that somebody passed with this ticket: two doors cannot write the same.
    passage integer,
    primary key (event_id, scan_id),
    foreign key (event_id, door_id) references door,
    constraint door_scan_passage_key unique (event_id, ticket_id, passage),
    check ((outcome = 'passed') = (passage is not null)),
    check (passage is null or ticket_id is not null),
    check (outcome = 'passed' or reason is not null)
);
create trigger door_scan_is_append_only before update or delete or truncate on door_scan
    for each statement execute function refuse_change();
-- Where each ticket stands after the last scan: its row is the lock under which a scan is judged.
create table attendance (
    event_id uuid not null,
    ticket_id integer not null,
    inside boolean not null default false,
    passages integer not null default 0,
    primary key (event_id, ticket_id),
    foreign key (event_id, ticket_id) references ticket on delete cascade
);
-- What the doors together know to be wrong, once each. Append-only.
create table door_conflict (
    event_id uuid not null,
    conflict bigint generated always as identity,
    ticket_id integer not null,
    cause text not null check (cause in ('twiceIn', 'revoked')),
    -- The scan that was wrong, and the one that it contradicts.
    scan_id uuid not null,
    other_id uuid,
    found_at timestamptz not null,
    primary key (event_id, conflict),
    unique nulls not distinct (event_id, scan_id, other_id)
);
create trigger door_conflict_is_append_only before update or delete or truncate on door_conflict
    for each statement execute function refuse_change();
