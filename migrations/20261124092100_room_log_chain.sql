-- The log of a room becomes a chain: each entry carries the SHA-256 of the entry before it and of its own content, so that
-- a change, an omission or an insertion behind the gate's back shows. Owner: queue-gate.

alter table room_log add column hash bytea;

-- What an entry says, as one text: a line each for entry, room, microseconds since 1970, actor or nothing, kind, detail.
create function room_log_content(
    entry bigint, room_id uuid, at timestamptz, actor_id uuid, kind text, detail jsonb
) returns bytea language sql stable as $$
    select convert_to(concat(entry, e'\n', room_id, e'\n', (extract(epoch from at) * 1000000)::bigint, e'\n', actor_id, e'\n',
                             kind, e'\n', detail), 'UTF8')
$$;

-- What the chain of a room begins with.
create function room_log_genesis(room_id uuid) returns bytea language sql immutable as $$
    select sha256(convert_to(room_id::text, 'UTF8'))
$$;

-- The first entry of a room's log that does not follow from those before it; nothing where all do.
create function room_log_broken(room uuid) returns bigint language sql stable as $$
    select min(entry) from (
        select entry, hash,
               sha256(coalesce(lag(hash) over (order by entry), room_log_genesis(room))
                      || room_log_content(entry, room_id, at, actor_id, kind, detail)) as due
        from room_log where room_id = room
    ) as chain where hash is distinct from due
$$;

-- Entries written before there was a chain.
alter table room_log disable trigger room_log_is_append_only;
do $$
declare
    line record;
    previous bytea;
    chained uuid;
begin
    for line in select * from room_log order by room_id, entry loop
        if chained is distinct from line.room_id then
            previous := room_log_genesis(line.room_id);
            chained := line.room_id;
        end if;
        previous := sha256(previous
            || room_log_content(line.entry, line.room_id, line.at, line.actor_id, line.kind, line.detail));
        update room_log set hash = previous where room_id = line.room_id and entry = line.entry;
    end loop;
end $$;
alter table room_log enable trigger room_log_is_append_only;
alter table room_log alter column hash set not null;

-- Under the room's lock entries are chained in the order of their numbers: the number is drawn after the lock is had.
create function chain_room_log() returns trigger language plpgsql as $$
declare
    previous bytea;
begin
    perform 1 from room where room_id = new.room_id for no key update;
    new.entry := nextval(pg_get_serial_sequence('room_log', 'entry'));
    select hash into previous from room_log where room_id = new.room_id order by entry desc limit 1;
    new.hash := sha256(coalesce(previous, room_log_genesis(new.room_id))
        || room_log_content(new.entry, new.room_id, new.at, new.actor_id, new.kind, new.detail));
    return new;
end $$;
create trigger room_log_is_chained before insert on room_log for each row execute function chain_room_log();
