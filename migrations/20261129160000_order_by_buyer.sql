-- Orders are looked for by who ordered, before the database knows how many an event has: with one index that begins with the
-- event it might as well take another, and walk through the whole sale. Owner: booking-api.

create index booking_order_pass_idx on booking_order (pass_id) where pass_id is not null;
drop index booking_order_event_pass_idx;
drop index booking_order_event_account_idx;
