-- Sessions that are over, and those whose fans left: booking-api frees what they kept. Owner of the views: queue-gate.

create view finished_session as
    select room.event_id, slot.room_id, slot.pass_id, slot.exchanged_at as began_at, slot.until as ended_at
    from slot join room using (room_id)
    where slot.state = 'active' and slot.exchanged_at is not null;
create index slot_until_idx on slot (until) where state = 'active' and exchanged_at is not null;

create view left_session as
    select room.event_id, slot.room_id, slot.pass_id, slot.ended_at
    from slot join room using (room_id)
    where slot.state = 'ended' and slot.cause = 'left';

-- When this life of Redis began, as far as the event is concerned: a hold may have been lost with the one before.
-- Owner: booking-api.
alter table mirror_epoch add column began_at timestamptz;
