-- Codes that sign somebody in, sent by mail. Owner: booking-api.
create table sign_in_code (
    code_id uuid primary key,
    -- Whom it signs in; nobody, where no account has the address that was typed. Such a code is kept like any other, so that
    -- nothing tells the two apart, and is mailed to nobody.
    account_id uuid references account,
    -- The code under the secret of the service: a database that is read gives none away.
    hash bytea not null check (octet_length(hash) = 32),
    created_at timestamptz not null,
    ends_at timestamptz not null,
    tries integer not null default 0,
    used_at timestamptz
);
create index sign_in_code_old on sign_in_code (ends_at);
