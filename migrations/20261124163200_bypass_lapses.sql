-- Until when a pass that was given in a bypass may still open the event. Owner of the view: queue-gate.

create or replace view guarded_event as
    select event_id, room_id, state = 'bypass' or failed_open_at is not null as bypass,
        -- The last pass that was given in an interval lapses a minute after it.
        (select max(ended_at) + interval '1 minute' from suspension where suspension.room_id = room.room_id)
            as bypass_lapses_at
    from room where state <> 'closed';
