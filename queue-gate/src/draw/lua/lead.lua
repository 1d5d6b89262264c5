-- Whether a node may go on with the draw: no other did for a while. Only spares work: two at once do no harm.
-- ARGV[1] now   ARGV[2] node (4 bytes)   ARGV[3] for how many ms nobody else may   Returns 1 or 0. Safe to repeat.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local state = redis.call('HMGET', STATE, 'drawer', 'drawer_until')
if state[1] and state[1] ~= ARGV[2] and now < tonumber(state[2]) then return 0 end
redis.call('HSET', STATE, 'drawer', ARGV[2], 'drawer_until', string.format('%.0f', now + tonumber(ARGV[3])))
return 1
