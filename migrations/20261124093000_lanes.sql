-- Priority lanes. Owner: queue-gate. A lane is a number from 0 to 7; its name and its share stand in the room's policy.

-- The lane of each place, in the order of `places`; and what each lane was owed after the batch, of which the next one is
-- decided. Both are missing in batches that an older gate granted: all of it was of the lane 0, and nothing is owed.
alter table batch
    add column lanes smallint[],
    add column owed bigint[],
    add check (cardinality(lanes) = cardinality(places)),
    add check (cardinality(owed) = 8);
alter table slot add column lane smallint not null default 0 check (lane between 0 and 7);
