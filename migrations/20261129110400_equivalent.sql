-- Other tickets of the same price for a payment that comes too late. Owner: booking-api.

-- Whether the fan takes such, if others have those of the order by then.
alter table booking_order add column takes_equivalent boolean not null default false;
