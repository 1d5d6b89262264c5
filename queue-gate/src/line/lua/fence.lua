-- Bars a line that has moved to another Redis: this one was failed over and still answers, so nothing may be written here
-- any more. ARGV[1] epoch of the room   ARGV[2] run id of the Redis that it lives in
-- Returns 1 where the line was barred, else 0. Safe to repeat; the line of that Redis, or of a later epoch, is left alone.
local state = redis.call('HMGET', STATE, 'epoch', 'run')
if not state[1] or not state[2] or tonumber(state[1]) >= tonumber(ARGV[1]) or run_id() == ARGV[2] then return 0 end
redis.call('HDEL', STATE, 'run')
return 1
