-- Begins an epoch of the line in this Redis.
-- ARGV[1] epoch   ARGV[2] run id that the caller saw   ARGV[3] last tick granted before
-- Returns 1; 0 when this is another Redis by now. Safe to repeat; a later epoch is left as it is.
if run_id() ~= ARGV[2] then return 0 end
local epoch = tonumber(redis.call('HGET', STATE, 'epoch') or '0')
if epoch < tonumber(ARGV[1]) then
  redis.call('HSET', STATE, 'epoch', ARGV[1], 'run', ARGV[2], 'n', '0', 'tick', ARGV[3])
end
return 1
