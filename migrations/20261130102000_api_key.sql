-- Keys with which programs act for an organizer. Owner: booking-api.
create table api_key (
    key_id uuid primary key,
    organizer_id uuid not null references account,
    -- By which a key is found, and told apart in lists.
    prefix text not null unique check (prefix ~ '^[0-9a-f]{12}$'),
    -- The SHA-256 of its secret, which has 256 bits of chance.
    hash bytea not null check (octet_length(hash) = 32),
    name text not null check (length(name) between 1 and 100),
    permissions text[] not null check (cardinality(permissions) > 0 and not 'team' = any (permissions)),
    all_events boolean not null,
    event_ids uuid[] not null,
    made_by uuid not null references account,
    made_at timestamptz not null,
    ends_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);
create index api_key_organizer on api_key (organizer_id, made_at);
