-- Who is signed in where. A session is one browser or app; owner: booking-api. The gate reads the view at the end.
create table session (
    session_id uuid primary key,
    account_id uuid not null references account,
    -- What the browser or app calls itself, in a few words: for its owner to know it again.
    label text not null check (length(label) between 1 and 100),
    created_at timestamptz not null,
    -- When it was refreshed last.
    used_at timestamptz not null,
    -- It ends then, however much it is used.
    ends_at timestamptz not null,
    -- How often it was refreshed; the refresh token of this number is the newest.
    rotation integer not null default 0 check (rotation >= 0),
    rotated_at timestamptz not null,
    -- Up to which number its owner is known to have the tokens.
    confirmed integer not null default 0,
    -- The last of its short tokens ends then: what ended before needs no remembering after.
    token_ends_at timestamptz not null,
    ended_at timestamptz,
    ended_why text check (ended_why in ('signed-out', 'everywhere', 'ended', 'password', 'reused', 'operator')),
    check ((ended_at is null) = (ended_why is null))
);
create index session_of_account on session (account_id) where ended_at is null;
create index session_ended on session (ended_at) where ended_at is not null;
create index session_old on session (ends_at);

-- The refresh tokens of a session, spent ones too: one that comes again is known by them.
create table refresh_token (
    hash bytea primary key check (octet_length(hash) = 32),
    session_id uuid not null references session on delete cascade,
    rotation integer not null,
    -- With it and with its predecessor a token can be worked out again; the first has no predecessor.
    salt bytea check (octet_length(salt) = 32),
    unique (session_id, rotation),
    check ((rotation = 0) = (salt is null))
);

create view ended_session as
    select session_id, ended_at, token_ends_at from session where ended_at is not null;
