-- Who may take a place. Owner: queue-gate.

-- An access code, as a keyed hash: whoever reads this table learns no code.
create table access_code (
    code_id uuid primary key,
    room_id uuid not null references room,
    code_hash bytea not null check (length(code_hash) = 32),
    -- The last characters, for the organizer to tell codes apart.
    hint text not null check (length(hint) <= 4),
    label text check (length(label) <= 100),
    lane smallint not null check (lane between 0 and 7),
    -- How many may use it; none means any number.
    uses_max integer check (uses_max > 0),
    uses integer not null default 0 check (uses >= 0),
    created_at timestamptz not null,
    revoked_at timestamptz,
    check (uses_max is null or uses <= uses_max),
    unique (room_id, code_hash)
);
create index access_code_room_idx on access_code (room_id, code_id);

-- Who used a code: once for each visitor, and once for an account however many visitors it comes with.
create table access_code_use (
    code_id uuid not null references access_code,
    visitor_id uuid not null,
    account_id uuid,
    used_at timestamptz not null,
    primary key (code_id, visitor_id)
);
create unique index access_code_use_account_key on access_code_use (code_id, account_id);
