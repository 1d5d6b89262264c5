-- When a tick of a room got through last, where the room's policy lets everybody through in the absence of ticks.
-- Owner: queue-gate.
create table room_pulse (
    room_id uuid primary key references room,
    at timestamptz not null
);
