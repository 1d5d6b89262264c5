-- Presales: windows in which tickets are sold with a code only. Owner: booking-api.
create table presale (
    event_id uuid not null references event on delete cascade,
    presale_id uuid not null,
    -- For fans: "Fan club presale".
    name text not null check (length(name) between 1 and 100),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- The tiers that it is about; empty for all.
    tiers uuid[] not null default '{}',
    -- Codes of these classes open it.
    classes text[] not null check (cardinality(classes) between 1 and 20),
    primary key (event_id, presale_id),
    check (starts_at < ends_at)
);

create table presale_code (
    event_id uuid not null references event on delete cascade,
    code_id uuid not null,
    -- A keyed hash: whoever reads this table learns no code.
    code_hash bytea not null check (length(code_hash) = 32),
    -- The last characters, for the organizer to tell codes apart.
    hint text not null check (length(hint) <= 4),
    label text check (length(label) <= 100),
    class text not null check (length(class) between 1 and 40),
    -- How many seats it is good for; none means any number.
    seats_max integer check (seats_max > 0),
    created_at timestamptz not null,
    revoked_at timestamptz,
    primary key (event_id, code_id),
    unique (event_id, code_hash)
);

-- Which order was made with which code. How many seats a code has used is what such orders have that did not come to
-- nothing: so nothing has to be given back.
create table presale_use (
    event_id uuid not null,
    order_id uuid not null,
    code_id uuid not null,
    primary key (event_id, order_id),
    foreign key (event_id, order_id) references booking_order,
    foreign key (event_id, code_id) references presale_code on delete cascade
);
create index presale_use_code_idx on presale_use (event_id, code_id);
