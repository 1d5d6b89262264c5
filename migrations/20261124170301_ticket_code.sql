-- The life of a code: given out once, alive until it is revoked, and told to the doors by a numbered list. Owner: booking-api.
alter table issued_ticket
    -- Who holds the ticket; none means whoever ordered it.
    add column holder_id uuid references account,
    add column revoked_at timestamptz,
    add column revoked_because text check (revoked_because in ('returned', 'transferred', 'voided')),
    add check ((revoked_at is null) = (revoked_because is null)),
    drop constraint issued_ticket_event_id_ticket_id_fkey,
    add column live_ticket_id integer generated always as (case when revoked_at is null then ticket_id end) stored;
alter table issued_ticket
    -- A ticket has one living code, and a code lives only while its ticket is sold.
    add constraint issued_ticket_live_key unique (event_id, live_ticket_id),
    add constraint issued_ticket_sold_fkey foreign key (event_id, live_ticket_id) references sale (event_id, ticket_id);
create index issued_ticket_holder_idx on issued_ticket (holder_id) where revoked_at is null;

-- One row an event: under its lock revocations are numbered, so that the list has no gaps and no number is seen late.
create table revocation_counter (
    event_id uuid primary key references event on delete cascade,
    version bigint not null
);
-- The list of what no door accepts any more: codes of this ticket up to this serial. Append-only.
create table ticket_revocation (
    event_id uuid not null,
    version bigint not null,
    ticket_id integer not null,
    serial integer not null,
    order_id uuid not null,
    cause text not null,
    at timestamptz not null,
    primary key (event_id, version),
    unique (event_id, ticket_id, serial)
);
create trigger ticket_revocation_is_append_only before update or delete or truncate on ticket_revocation
    for each statement execute function refuse_change();

-- Whoever revokes a code, or removes it, it comes onto the list in the same transaction.
create function note_revocation() returns trigger language plpgsql as $$
declare
    number bigint;
begin
    insert into revocation_counter as counter (event_id, version) values (old.event_id, 1)
        on conflict (event_id) do update set version = counter.version + 1 returning version into number;
    if tg_op = 'UPDATE' then
        insert into ticket_revocation (event_id, version, ticket_id, serial, order_id, cause, at)
        values (old.event_id, number, old.ticket_id, old.serial, old.order_id, new.revoked_because, new.revoked_at);
    else
        insert into ticket_revocation (event_id, version, ticket_id, serial, order_id, cause, at)
        values (old.event_id, number, old.ticket_id, old.serial, old.order_id, 'returned', now());
    end if;
    return null;
end $$;
create trigger issued_ticket_revoked after update on issued_ticket for each row
    when (old.revoked_at is null and new.revoked_at is not null) execute function note_revocation();
create trigger issued_ticket_removed after delete on issued_ticket for each row
    when (old.revoked_at is null) execute function note_revocation();
-- A code that was revoked stays so, and says nothing else than it said.
create trigger issued_ticket_stays before update on issued_ticket for each row
    when (old.revoked_at is not null or (old.event_id, old.ticket_id, old.serial, old.order_id)
        is distinct from (new.event_id, new.ticket_id, new.serial, new.order_id)) execute function refuse_change();
-- Whoever takes a sale back, the code of its ticket dies in the same transaction.
create function revoke_returned_ticket() returns trigger language plpgsql as $$
begin
    update issued_ticket set revoked_at = now(), revoked_because = 'returned'
    where event_id = old.event_id and ticket_id = old.ticket_id and revoked_at is null;
    return old;
end $$;
create trigger sale_is_taken_back before delete on sale for each row execute function revoke_returned_ticket();
