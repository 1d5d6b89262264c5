-- The front of the line: the places to be called next, nobody among them who is away.
-- ARGV[1] now   ARGV[2] grace in ms   ARGV[3] how many are wanted   ARGV[4] how many to look at, at most
-- A place whose node's lease ended, or that nobody saw, longer ago than the grace is parked: it keeps its number.
-- Returns {epoch, last tick, number parked, numbers wanted...}. Safe to repeat.
if is_lost() then return lost() end
local now, grace = clock(ARGV[1]), tonumber(ARGV[2])
local want, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local found, parked, looked = {}, 0, 0

-- The last sign of life, or the lease of the node that has the live socket, whichever is later.
local function last_seen(number, place)
  local seen = tonumber(redis.call('ZSCORE', SEEN, number) or redis.call('HGET', STATE, 'assumed') or '0')
  if place.node == NO_NODE then return seen end
  local lease = redis.call('ZSCORE', NODES, place.node)
  if lease then return math.max(seen, tonumber(lease)) end
  -- A node that nobody remembers: the place is given its grace from now on.
  place.node = NO_NODE
  write(number, place)
  redis.call('ZADD', SEEN, now, number)
  return now
end

while #found < want and looked < limit do
  -- Parked places leave the set, so the next ones stand behind those found.
  local numbers = redis.call('ZRANGE', WAITING, #found, #found + 99)
  if #numbers == 0 then break end
  for _, number in ipairs(numbers) do
    looked = looked + 1
    local place = read(number)
    if now - last_seen(number, place) <= grace then
      found[#found + 1] = number
      if #found == want then break end
    else
      place.state, place.node = 'a', NO_NODE
      write(number, place)
      redis.call('ZREM', WAITING, number)
      redis.call('ZREM', SEEN, number)
      redis.call('ZADD', AWAY, number, number)
      redis.call('ZADD', MOVED, now, number)
      parked = parked + 1
    end
  end
end
local state = redis.call('HMGET', STATE, 'epoch', 'tick')
local answer = { state[1], state[2], parked }
for _, number in ipairs(found) do answer[#answer + 1] = number end
return answer
