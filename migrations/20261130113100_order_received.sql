-- When the fan was told that the attempt is not confirmed yet; most are decided long before. Owner: booking-api.
alter table payment_attempt add column told_at timestamptz;
