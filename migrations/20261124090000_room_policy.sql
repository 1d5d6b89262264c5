-- What an organizer decides about a room beside rate, cap and windows: one document, typed in queue-gate
-- (`room::policy`), where a missing member means its default. Owner: queue-gate.
alter table room add column policy jsonb not null default '{}' check (jsonb_typeof(policy) = 'object');
