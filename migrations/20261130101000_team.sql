-- Who works for an organizer. Owner: booking-api; the gate reads the view.
create table team_member (
    organizer_id uuid not null references account,
    account_id uuid not null references account,
    role text not null check (role in ('owner', 'manager', 'boxOffice', 'door', 'viewer')),
    -- For all events, those to come too; else for those in `team_member_event`.
    all_events boolean not null,
    added_by uuid not null references account,
    added_at timestamptz not null,
    primary key (organizer_id, account_id),
    -- An organizer is the owner of what is theirs, and nobody takes that away.
    check (organizer_id <> account_id),
    check (role <> 'owner' or all_events)
);
create index team_member_account on team_member (account_id);

create table team_member_event (
    organizer_id uuid not null,
    account_id uuid not null,
    event_id uuid not null references event on delete cascade,
    primary key (organizer_id, account_id, event_id),
    foreign key (organizer_id, account_id) references team_member on delete cascade
);

create view team_grant as
    select organizer_id, account_id, role, all_events,
           array(select event_id from team_member_event e
                 where e.organizer_id = m.organizer_id and e.account_id = m.account_id) as event_ids
    from team_member m;
