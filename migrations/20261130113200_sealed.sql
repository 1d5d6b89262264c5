-- Secrets of webhooks are kept sealed under a key of the operator. Those in `secret` and `previous_secret` were written before;
-- booking-api seals them when it starts, and forgets them there. Owner: booking-api.
alter table webhook_endpoint
    alter column secret drop not null,
    add column sealed_secret bytea check (octet_length(sealed_secret) between 57 and 97),
    add column sealed_previous bytea check (octet_length(sealed_previous) between 57 and 97),
    drop constraint webhook_endpoint_check1,
    add constraint webhook_endpoint_secret_there check (secret is not null or sealed_secret is not null),
    add constraint webhook_endpoint_previous_ends
        check ((previous_secret is null and sealed_previous is null) = (previous_until is null));
