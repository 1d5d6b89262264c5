-- The front of every lane: the places to be called next, nobody among them who is away.
-- ARGV[1] now   ARGV[2] grace in ms   ARGV[3] how many are wanted of a lane   ARGV[4] how many to look at, at most
-- A place whose node's lease ended, or that nobody saw, longer ago than the grace is parked: it keeps its number.
-- Returns {epoch, last tick, number parked, lane, number, lane, number, ...}. Safe to repeat.
if is_lost() then return lost() end
local now, grace = clock(ARGV[1]), tonumber(ARGV[2])
local want, lanes = tonumber(ARGV[3]), {}
local found, parked, limit = {}, 0, nil
-- The leases of nodes that were looked up; false for none.
local leases = {}

-- The last sign of life, or the lease of the node that has the live socket, whichever is later. `seen` is what SEEN says.
local function last_seen(number, place, seen)
  seen = tonumber(seen or redis.call('HGET', STATE, 'assumed') or '0')
  if place.node == NO_NODE then return seen end
  local lease = leases[place.node]
  if lease == nil then
    lease = redis.call('ZSCORE', NODES, place.node)
    leases[place.node] = lease
  end
  if lease then return math.max(seen, tonumber(lease)) end
  -- A node that nobody remembers: the place is given its grace from now on.
  place.node = NO_NODE
  write(number, place)
  redis.call('ZADD', SEEN, now, number)
  return now
end

local function look_at(lane)
  local line, here, looked = LANES[lane], 0, 0
  while here < want and looked < limit do
    -- Parked places leave the set, so the next ones stand behind those found.
    local numbers = redis.call('ZRANGE', line, here, here + 99)
    if #numbers == 0 then break end
    local records = redis.call('HMGET', PLACE, unpack(numbers))
    local signs = redis.call('ZMSCORE', SEEN, unpack(numbers))
    for i, number in ipairs(numbers) do
      looked = looked + 1
      local place = parse(records[i])
      if now - last_seen(number, place, signs[i]) <= grace then
        here = here + 1
        found[#found + 1] = lane
        found[#found + 1] = number
        if here == want then break end
      else
        place.state, place.node = 'a', NO_NODE
        write(number, place)
        redis.call('ZREM', line, number)
        redis.call('ZREM', SEEN, number)
        redis.call('ZADD', AWAY, number, number)
        redis.call('ZADD', MOVED, now, number)
        parked = parked + 1
      end
    end
  end
end

for lane = 0, 7 do
  if redis.call('EXISTS', LANES[tostring(lane)]) == 1 then lanes[#lanes + 1] = tostring(lane) end
end
limit = tonumber(ARGV[4]) / math.max(1, #lanes)
for _, lane in ipairs(lanes) do look_at(lane) end
local state = redis.call('HMGET', STATE, 'epoch', 'tick')
local answer = { state[1], state[2], parked }
for _, one in ipairs(found) do answer[#answer + 1] = one end
return answer
