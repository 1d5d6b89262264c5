-- Mails to all who had a ticket of an event when it changed: one row a change, and one for each who is still to be told.
-- Owner: booking-api.
create table event_mail_job (
    event_id uuid not null references event on delete cascade,
    -- The event's version that it tells of.
    version bigint not null,
    change text not null check (change in ('moved', 'postponed', 'resumed', 'cancelled', 'calledOff')),
    -- When and where it was before.
    was_starts_at timestamptz not null,
    was_venue_id uuid not null,
    at timestamptz not null,
    primary key (event_id, version)
);
create table event_mail_reader (
    event_id uuid not null,
    version bigint not null,
    account_id uuid not null references account,
    primary key (event_id, version, account_id),
    foreign key (event_id, version) references event_mail_job on delete cascade
);
