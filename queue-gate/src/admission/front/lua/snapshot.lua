-- A part of the front of the lanes: the places to be called next, nobody among them who is away. A long front comes in several
-- parts, from the first place on, so that others are served between them.
-- ARGV[1] now   ARGV[2] grace in ms   ARGV[3] how many are wanted of a lane   ARGV[4] how many of a lane to look at, at most
-- ARGV[5] how many to look at in this part   ARGV[6] where it begins: '' or what the part before returned as its end
-- A place whose node's lease ended, or that nobody saw, longer ago than the grace is parked: it keeps its number.
-- Returns {epoch, last tick, number parked, end or '' when the front is whole, lane, number, lane, number, ...}. Safe to
-- repeat.
if is_lost() then return lost() end
local now, grace = clock(ARGV[1]), tonumber(ARGV[2])
local want, most, rest = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local found, parked = {}, 0
-- The leases of nodes that were looked up; false for none.
local leases = {}

-- The last sign of life, or the lease of the node that has the live socket, whichever is later.
local function last_seen(number, record)
  local seen = struct.unpack('>I6', record, 24)
  local node = string.sub(record, 17, 20)
  if node == NO_NODE then return seen end
  local lease = leases[node]
  if lease == nil then
    lease = redis.call('ZSCORE', NODES, node)
    leases[node] = lease
  end
  if lease then return math.max(seen, tonumber(lease)) end
  -- A node that nobody remembers: the place is given its grace from now on.
  local place = parse(record)
  place.node, place.seen = NO_NODE, sign(now)
  write(number, place)
  return now
end

local function park(lane, number, record)
  local place = parse(record)
  place.state, place.node = 'a', NO_NODE
  write(number, place)
  redis.call('ZREM', LANES[lane], number)
  redis.call('ZADD', AWAY, number, number)
  redis.call('ZADD', MOVED, now, number)
  parked = parked + 1
end

-- Looks at a lane behind the place `after`, of which `here` are found and `looked` were looked at. Returns them when this
-- part ends before the lane is done.
local function look_at(lane, after, here, looked)
  while here < want and looked < most do
    if rest <= 0 then return after, here, looked end
    local count = math.min(rest, want - here, most - looked)
    local numbers = redis.call('ZRANGE', LANES[lane], after, '+inf', 'BYSCORE', 'LIMIT', 0, count)
    if #numbers == 0 then return nil end
    local records = redis.call('HMGET', PLACE, unpack(numbers))
    for i, number in ipairs(numbers) do
      if now - last_seen(number, records[i]) <= grace then
        here = here + 1
        found[#found + 1] = lane
        found[#found + 1] = number
      else
        park(lane, number, records[i])
      end
    end
    looked, rest, after = looked + #numbers, rest - #numbers, '(' .. numbers[#numbers]
  end
end

local first, after, here, looked = string.match(ARGV[6], '^(%d) (%S+) (%d+) (%d+)$')
local ends = ''
for lane = tonumber(first or '0'), 7 do
  local name = tostring(lane)
  if redis.call('EXISTS', LANES[name]) == 1 then
    local to, found_here, looked_at =
      look_at(name, after or '-inf', tonumber(here or '0'), tonumber(looked or '0'))
    if to then
      ends = string.format('%d %s %d %d', lane, to, found_here, looked_at)
      break
    end
  end
  after, here, looked = nil, nil, nil
end
local state = redis.call('HMGET', STATE, 'epoch', 'tick')
local answer = { state[1], state[2], parked, ends }
for _, one in ipairs(found) do answer[#answer + 1] = one end
return answer
