-- How forecasts of waiting times turned out. Owner: queue-gate. Each process of a gate writes a row of its own, over and
-- over; one that starts anew has another number.
create table forecast_score (
    room_id uuid not null references room,
    node bigint not null,
    -- Called sooner than the interval, within it, later.
    below bigint not null check (below >= 0),
    inside bigint not null check (inside >= 0),
    above bigint not null check (above >= 0),
    primary key (room_id, node)
);
