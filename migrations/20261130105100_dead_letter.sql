-- Which event a message is about, so that its organizer can see and mend what did not go out. None for older ones, and for
-- what is about no event.
alter table outbox add column event_id uuid;
create index outbox_given_up_idx on outbox (event_id, message_id) where given_up_at is not null;
