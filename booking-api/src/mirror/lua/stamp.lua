-- The epoch of the mirror in `sold`, or nil when it was not built in this Redis.
local function epoch_of(sold)
  local stamp = redis.call('HGET', sold, 'stamp')
  if not stamp then return nil end
  local epoch, run = string.match(stamp, '^(%d+):(%w+)$')
  if run ~= string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') then return nil end
  return tonumber(epoch)
end
-- This Redis's clock, in milliseconds.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
