-- Takes one from each of several budgets, or from none where one of them is spent. A budget refills evenly within a minute;
-- kept is when it is full again.
-- KEYS[..] one for each budget (string: milliseconds)
-- ARGV[1] 1 to take one, 0 to see whether one could be taken   ARGV[2..] how many a minute, for each budget
-- All keys share a hash tag.
-- Returns 0, or after how many milliseconds every budget has one again.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local minute, wait, full = 60000, 0, {}
for i, key in ipairs(KEYS) do
  full[i] = math.max(tonumber(redis.call('GET', key) or '0'), now) + minute / tonumber(ARGV[i + 1])
  wait = math.max(wait, math.ceil(full[i] - now - minute))
end
if wait > 0 then return wait end
if ARGV[1] == '1' then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.3f', full[i]), 'PXAT', math.ceil(full[i]))
  end
end
return 0
