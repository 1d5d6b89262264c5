-- A batch keeps its claim window. Owner: queue-gate.

-- How long the places of the batch may be claimed, as the room's settings were when it was granted: whoever applies it tells
-- fans and record the same, though the settings change in between. Missing in batches that an older gate granted: the room's.
alter table batch add column claim_window interval check (claim_window between '10 seconds' and '30 minutes');
