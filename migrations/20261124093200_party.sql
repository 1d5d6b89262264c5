-- Places that several visitors hold. Owner: queue-gate.

-- Friends who share one place.
create table party (
    party_id uuid primary key,
    room_id uuid not null references room,
    -- The place that the party keeps.
    place bigint not null,
    created_at timestamptz not null,
    unique (room_id, party_id)
);
create table party_member (
    room_id uuid not null,
    visitor_id uuid not null,
    party_id uuid not null,
    joined_at timestamptz not null,
    primary key (room_id, visitor_id),
    foreign key (room_id, party_id) references party (room_id, party_id)
);
create index party_member_party_idx on party_member (party_id);

-- A place that was given up for another. Whoever holds it holds that one; it never comes back by itself.
create table merged_place (
    room_id uuid not null references room,
    place bigint not null,
    into_place bigint not null,
    lane smallint not null check (lane between 0 and 7),
    party_id uuid not null references party,
    -- Who joined with it, and whether the party moved to their place.
    visitor_id uuid not null,
    moves_party boolean not null,
    merged_at timestamptz not null,
    -- When the line was told. Until then every tick tells it again.
    applied_at timestamptz,
    primary key (room_id, place),
    check (place <> into_place)
);
create index merged_place_unapplied_idx on merged_place (room_id) where applied_at is null;
