-- The draw is over: the line is a line like any other.
-- ARGV[1] how many were drawn   Returns 1. Safe to repeat.
if is_lost() then return lost() end
if phase() ~= 'd' then
  -- Not all of them are in this Redis: it was lost when the last had been put there.
  if tonumber(redis.call('HGET', STATE, 'drawn') or '0') < tonumber(ARGV[1]) then redis.call('HSET', STATE, 'relist', 1) end
  redis.call('HSET', STATE, 'draw', 'd')
end
redis.call('UNLINK', LOBBY, FROZEN, ENTRANTS)
return 1
