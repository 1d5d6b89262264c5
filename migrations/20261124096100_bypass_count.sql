-- How many requests each bypass rule of a room let through. Owner: queue-gate.

create table bypass_count (
    room_id uuid not null references room,
    rule text not null,
    requests bigint not null check (requests >= 0),
    primary key (room_id, rule)
);
