-- What organizers say of a plan while they draw it: the colour of a tier, and under which name a seat is kept back from
-- the moment on in which the event is published. Then it is an allocation like every other one, and this stays as it was.
alter table tier add column colour text check (colour ~ '^#[0-9a-f]{6}$');
alter table ticket add column keep_back text check (length(keep_back) between 1 and 100);
