-- What the floors work on: as narrow as can be, made anew before each of them.
drop table if exists floor_ticket, floor_order, floor_outbox, floor_counter;
create table floor_ticket (ticket_id integer primary key, version integer not null, is_free boolean not null);
create table floor_order (order_id bigint generated always as identity primary key, ticket_id integer not null, body text not null);
create table floor_outbox (message_id bigint generated always as identity primary key, body text not null);
create table floor_counter (counter_id integer primary key, free integer not null);
create index floor_ticket_free on floor_ticket (ticket_id) where is_free;
insert into floor_ticket select number, 0, true from generate_series(1, 50000) as number;
insert into floor_counter values (1, 1000000000);
-- An id with this number in it.
create or replace function floor_id(number bigint) returns uuid immutable language sql
    return ('00000000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;
analyze floor_ticket;
