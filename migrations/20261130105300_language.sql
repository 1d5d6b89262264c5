-- The language in which somebody reads: that of their last order of the event, else the one that they last asked in. Owner: booking-api.
alter table booking_order
    add column language text not null default 'en' check (language in ('en', 'de', 'es', 'pt', 'ja'));
alter table account
    add column language text check (language in ('en', 'de', 'es', 'pt', 'ja'));
