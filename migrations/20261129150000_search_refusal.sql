-- Documents that search does not take, each with its cause, until a version is taken. Owner: search-api.
create table search_refusal (
    -- Which index refuses: the name of its alias.
    index_name text not null,
    event_id uuid not null,
    -- The version that was refused; a later one is tried as if nothing had been.
    version bigint not null,
    cause text not null,
    refused_at timestamptz not null default now(),
    primary key (index_name, event_id)
);
