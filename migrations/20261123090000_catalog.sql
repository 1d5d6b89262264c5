-- What is on, where, by whom, and what can be bought. Owner: booking-api.

create table account (
    account_id uuid primary key,
    email text not null check (email = lower(email) and length(email) between 3 and 254),
    -- A guest has no password and is told apart by the session alone, so only accounts with one are unique by address.
    password_hash text,
    name text check (length(name) between 1 and 200),
    role text not null check (role in ('fan', 'organizer')),
    created_at timestamptz not null
);
create unique index account_email_key on account (email) where password_hash is not null;

create table venue (
    venue_id uuid primary key,
    owner_id uuid not null references account,
    -- The organizer's own name for the row, so that an import repeated changes nothing.
    external_id text check (length(external_id) between 1 and 1000),
    name text not null check (length(name) between 1 and 300),
    address text check (length(address) <= 500),
    city text not null check (length(city) between 1 and 200),
    country text not null check (country ~ '^[A-Z]{2}$'),
    latitude double precision not null check (latitude between -90 and 90),
    longitude double precision not null check (longitude between -180 and 180),
    time_zone text not null,
    version bigint not null default 1,
    unique (owner_id, external_id)
);

create table performer (
    performer_id uuid primary key,
    owner_id uuid not null references account,
    external_id text check (length(external_id) between 1 and 1000),
    name text not null check (length(name) between 1 and 300),
    version bigint not null default 1,
    unique (owner_id, external_id)
);

create table event (
    event_id uuid primary key,
    owner_id uuid not null references account,
    external_id text check (length(external_id) between 1 and 200),
    venue_id uuid not null references venue,
    title text not null check (length(title) between 1 and 300),
    description text not null default '' check (length(description) <= 20000),
    category text not null check (category in ('concert', 'sport', 'theatre', 'conference', 'other')),
    starts_at timestamptz not null,
    sales_start timestamptz not null,
    sales_end timestamptz not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- The most tickets that one account may hold and buy of this event.
    ticket_limit integer not null default 8 check (ticket_limit between 1 and 100),
    -- What the organizer says; on sale, past and sold out follow from the clock and the sales.
    state text not null default 'published' check (state in ('draft', 'published', 'cancelled')),
    version bigint not null default 1,
    created_at timestamptz not null,
    check (sales_start < sales_end),
    unique (owner_id, external_id)
);
create index event_venue_idx on event (venue_id);

create table event_performer (
    event_id uuid not null references event on delete cascade,
    performer_id uuid not null references performer,
    billing smallint not null check (billing >= 0),
    primary key (event_id, performer_id)
);
create index event_performer_performer_idx on event_performer (performer_id);

create table tier (
    event_id uuid not null references event on delete cascade,
    tier_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    price_minor bigint not null check (price_minor >= 0),
    -- A tier without seats: its tickets are named units, of which nobody chooses one.
    general_admission boolean not null,
    rank smallint not null,
    primary key (event_id, tier_id)
);

-- One row per sellable unit, numbered inside its event from 0 without gaps. `version` rises with every claim and sale:
-- the fence for the mirror in Redis. Nothing here says "sold": a row in `sale` does.
create table ticket (
    event_id uuid not null,
    ticket_id integer not null check (ticket_id >= 0),
    tier_id uuid not null,
    section text check (length(section) between 1 and 100),
    row_name text check (length(row_name) between 1 and 20),
    seat_name text check (length(seat_name) between 1 and 20),
    x real,
    y real,
    accessible boolean not null default false,
    version bigint not null default 0,
    primary key (event_id, ticket_id),
    foreign key (event_id, tier_id) references tier on delete cascade
);
create index ticket_tier_idx on ticket (event_id, tier_id, ticket_id);

-- What search must look at again. Owner: booking-api writes, search-api reads. One row per event; the version rises
-- whenever the event's document may have changed. Only this table is published: the stream carries ids, never documents.
create table search_version (
    event_id uuid primary key,
    version bigint not null,
    deleted boolean not null default false,
    -- For the copies that poll: a late commit has a younger transaction than the last poll's oldest running one.
    changed_in xid8 not null default pg_current_xact_id()
);
create index search_version_changed_idx on search_version (changed_in);

-- The state of an event as the fan sees it in search, recomputed from committed rows by one publisher. Owner: booking-api.
create table event_availability (
    event_id uuid primary key references event on delete cascade,
    total integer not null,
    sold integer not null,
    bucket text not null check (bucket in ('many', 'few', 'none')),
    price_from_minor bigint,
    price_to_minor bigint,
    computed_at timestamptz not null default now()
);

create publication usher_search for table search_version;
