-- Refunds that a provider refused and that are asked for again. Owner: booking-api.

-- How often: each time is another request to the provider, with a key of its own. Under the old one it would only repeat
-- its refusal.
alter table payment_command add column round integer not null default 0 check (round >= 0);
