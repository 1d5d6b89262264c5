-- What an organizer's people and keys changed, and when. Written in the transaction of the change. Owner: booking-api.
create table audit_entry (
    entry bigint generated always as identity primary key,
    organizer_id uuid not null references account,
    -- Who: an account, or a key. Neither by name, nor by a foreign key: an entry outlives what it is about.
    actor_kind text not null check (actor_kind in ('account', 'key')),
    actor_id uuid not null,
    -- As what they worked; a key has no role.
    role text check (role in ('owner', 'manager', 'boxOffice', 'door', 'viewer')),
    operation text not null check (operation ~ '^[a-z]+\.[a-z_]+$'),
    event_id uuid,
    -- The id of what was changed.
    subject text not null check (length(subject) between 1 and 200),
    -- What is different: a member for each setting, with `from` and `to`.
    changes jsonb not null check (jsonb_typeof(changes) = 'object'),
    request_id text check (length(request_id) <= 100),
    at timestamptz not null default clock_timestamp(),
    check ((actor_kind = 'key') = (role is null))
);
create index audit_entry_organizer_idx on audit_entry (organizer_id, entry);
create index audit_entry_event_idx on audit_entry (organizer_id, event_id, entry);
create index audit_entry_actor_idx on audit_entry (organizer_id, actor_id, entry);

create trigger audit_entry_is_append_only before update or delete or truncate on audit_entry
    for each statement execute function refuse_change();
