-- Closes the lobby, at one instant and whatever its size: who joins after it gets a number behind the reserved ones.
-- ARGV[1] how many numbers are reserved for the draw
-- Returns {phase, entries, epoch}. Safe to repeat.
if is_lost() then return lost() end
local at = phase()
if at == 'l' or at == 'r' then
  if redis.call('EXISTS', LOBBY) == 1 then redis.call('RENAME', LOBBY, FROZEN) end
  local given = tonumber(redis.call('HGET', STATE, 'n') or '0')
  at = 'f'
  redis.call('HSET', STATE, 'draw', at, 'n', string.format('%.0f', math.max(given, tonumber(ARGV[1]))))
end
return { at, tostring(redis.call('ZCARD', FROZEN)), redis.call('HGET', STATE, 'epoch') }
