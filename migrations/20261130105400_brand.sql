-- How an organizer wants to be seen in mails. Owner: booking-api.
create table organizer_brand (
    owner_id uuid primary key references account,
    name text check (length(name) between 1 and 60),
    colour text check (colour ~ '^#[0-9a-f]{6}$'),
    reply_to text check (length(reply_to) between 3 and 254),
    footer text check (length(footer) between 1 and 500)
);
