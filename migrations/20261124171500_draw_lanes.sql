-- Entries of a draw come into lanes. Owner: queue-gate.

-- The lane of each entry of a piece, a byte; null where all come into main.
alter table draw_chunk add column lanes bytea check (length(lanes) * 32 = length(entries));
alter table draw_chunk alter column lanes set storage external;
