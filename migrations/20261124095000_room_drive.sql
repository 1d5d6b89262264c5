-- When the rate of a room was last looked at by the gate that drives it, where its organizer lets one: whoever moves it on
-- drives this time, so that only one gate does. Owner: queue-gate.
alter table room add column driven_at timestamptz;
