-- How the pages of a room look: what its organizer calls themselves, a colour, a logo, texts in each language. A look and a logo are
-- called after what is in them and never change, so the log can name them, and an earlier one is there to go back to. Which look a
-- room has says its policy. Owner: queue-gate.
create table room_logo (
    room_id uuid not null references room on delete cascade,
    -- The beginning of the SHA-256 of its bytes.
    logo_id bytea not null check (octet_length(logo_id) = 16),
    kind text not null check (kind in ('png', 'jpeg', 'webp')),
    width integer not null check (width between 1 and 2000),
    height integer not null check (height between 1 and 2000),
    bytes bytea not null check (octet_length(bytes) between 1 and 12288),
    made_at timestamptz not null,
    primary key (room_id, logo_id)
);
create index room_logo_id_idx on room_logo (logo_id);

create table room_look (
    room_id uuid not null references room on delete cascade,
    -- The beginning of the SHA-256 of what it says.
    look_id bytea not null check (octet_length(look_id) = 16),
    look jsonb not null,
    logo_id bytea,
    -- Whether the room had it at any time. One that was only looked at is forgotten after some days.
    was_used boolean not null,
    made_at timestamptz not null,
    primary key (room_id, look_id),
    foreign key (room_id, logo_id) references room_logo
);
create index room_look_logo_idx on room_look (room_id, logo_id);
