-- What an organizer says of an event beside its time and place. Owner: booking-api.

alter table event
    -- A picture, and what it shows for who cannot see it.
    add column image_url text check (length(image_url) between 1 and 2000),
    add column image_alt text check (length(image_alt) between 1 and 500),
    add constraint event_image_is_described check ((image_url is null) = (image_alt is null)),
    drop constraint event_state_check,
    add constraint event_state_check check (state in ('draft', 'published', 'postponed', 'cancelled'));
