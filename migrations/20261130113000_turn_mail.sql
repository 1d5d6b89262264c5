-- Who in line asked for a mail when their turn is near, and when it comes: a row for each place that asked, and only while it
-- waits. Owner: queue-gate.
create table turn_mail (
    room_id uuid not null references room on delete cascade,
    place bigint not null,
    -- Who asked: friends and devices may share the place.
    visitor_id uuid not null,
    -- Where the mails go: to the address that the account has then, or else to the one that was typed.
    account_id uuid references account on delete cascade,
    email text check (length(email) between 3 and 254),
    language text not null check (language in ('en', 'de', 'es', 'pt', 'ja')),
    asked_at timestamptz not null,
    -- Whether nothing more is said of the turn being near: it was said, or the turn was near already when it was asked for.
    near_said boolean not null,
    primary key (room_id, place),
    check ((account_id is null) <> (email is null))
);
create index turn_mail_visitor_idx on turn_mail (room_id, visitor_id);
create index turn_mail_account_idx on turn_mail (account_id) where account_id is not null;
