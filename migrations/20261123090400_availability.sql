-- What the publisher of availability is told. Owner: booking-api.

-- Notes of events of which something was sold or given back; deleted once looked at. Rows are only added by bookings,
-- so that no two of them wait for each other.
create table availability_change (
    change_id bigint generated always as identity primary key,
    event_id uuid not null
);
create index availability_change_event_idx on availability_change (event_id);

create function note_availability_change() returns trigger language plpgsql as $$
begin
    insert into availability_change (event_id) select distinct event_id from changed;
    return null;
end $$;
create trigger sale_added after insert on sale
    referencing new table as changed for each statement execute function note_availability_change();
create trigger sale_removed after delete on sale
    referencing old table as changed for each statement execute function note_availability_change();

-- Venues and performers with so many events that their versions are raised in several transactions.
create table bump_job (
    job_id bigint generated always as identity primary key,
    venue_id uuid,
    performer_id uuid,
    -- The last event that is done.
    after_event_id uuid,
    check ((venue_id is null) <> (performer_id is null))
);
