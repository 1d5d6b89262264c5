-- Takes one from each of several budgets, or from none where one of them is spent; looks whether one could be taken; or gives one
-- back to each. A budget refills evenly within its period; kept is when it is full again.
-- KEYS[..] one for each budget (string: milliseconds)
-- ARGV[1] 1 to take one, 0 to look, -1 to give one back   ARGV[2..] for each budget how many a period, and its milliseconds
-- All keys share a hash tag. Run twice it takes two, or gives two back: a guess more or less, never a budget.
-- Returns 0, or after how many milliseconds every budget has one again.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local turn, wait, full = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local period = tonumber(ARGV[2 * i + 1])
  local one = period / tonumber(ARGV[2 * i])
  local kept = math.max(tonumber(redis.call('GET', key) or '0'), now)
  full[i] = turn < 0 and kept - one or kept + one
  wait = math.max(wait, math.ceil(full[i] - now - period))
end
if wait > 0 then return wait end
if turn ~= 0 then
  for i, key in ipairs(KEYS) do
    if full[i] > now then
      redis.call('SET', key, string.format('%.3f', full[i]), 'PXAT', math.ceil(full[i]))
    else
      redis.call('DEL', key)
    end
  end
end
return 0
