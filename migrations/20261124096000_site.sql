-- Rooms in front of sites that are not ours: the site stands in the room's policy. Owner: queue-gate.

-- One living room a host.
create unique index room_site_host_key on room ((policy -> 'site' ->> 'host'))
    where state <> 'closed' and policy -> 'site' ->> 'host' is not null;
