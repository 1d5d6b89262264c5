-- Puts visitors at the end of their lanes, each once, and each account once.
-- ARGV[1] now   ARGV[2] rank of each lane, a digit each
-- ARGV[3..] visitor, lane or '' for no claim to one, account (16 bytes) or '' for a visitor who is not signed in; repeated
-- A visitor who has a place keeps its number; a lane before their own in the room's order becomes theirs. A place of the
-- same account is theirs too; of two such places the better stays.
-- Returns for each {number, 1 if they had a place already else 0, places ahead, lane}. Safe to repeat: joining again finds
-- the place.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local seen = sign(now)
local epoch = tonumber(redis.call('HGET', STATE, 'epoch'))
-- How many are looked up at once: Lua cannot pass on more than some thousands of values in one call.
local TOGETHER = 1000
local answers, newcomers = {}, {}
-- Whoever this call has met already is looked up again when they come up once more.
local met = {}

-- Takes in those who have no place, in their order: one command a key for all of them.
local function take_in()
  if #newcomers == 0 then return end
  local before = epoch * 4294967296 + redis.call('HINCRBY', STATE, 'n', #newcomers) - #newcomers
  local holders, places, lines, ends = {}, {}, {}, {}
  local fresh = NO_NODE .. 'w0'
  for i, new in ipairs(newcomers) do
    local number, lane = string.format('%.0f', before + i), new.lane
    holders[#holders + 1], holders[#holders + 2] = new.visitor, number
    if new.account then holders[#holders + 1], holders[#holders + 2] = new.account, number end
    places[#places + 1], places[#places + 2] = number, new.visitor .. fresh .. lane .. seen
    -- A new number is above all others, so everybody in the lane is ahead of it.
    if not lines[lane] then lines[lane], ends[lane] = {}, redis.call('ZCARD', LANES[lane]) end
    local line = lines[lane]
    line[#line + 1], line[#line + 2] = number, number
    answers[new.at] = { number, 0, ends[lane] + #line / 2 - 1, lane }
  end
  redis.call('HSET', BY_VISITOR, unpack(holders))
  redis.call('HSET', PLACE, unpack(places))
  for lane, line in pairs(lines) do redis.call('ZADD', LANES[lane], unpack(line)) end
  newcomers = {}
end

-- Answers somebody who may have a place, or whose account may.
local function find(visitor, lane, account)
  local number, place = place_of(visitor)
  if account then number, place = shared(number, place, visitor, account, ARGV[2], now) end
  if not number then return nil end
  raise(number, place, lane, ARGV[2], now)
  sign_of_life(number, place, now)
  return { number, 1, redis.call('ZCOUNT', LANES[place.lane], '-inf', '(' .. number), place.lane }
end

for first = 3, #ARGV, 3 * TOGETHER do
  local last = math.min(#ARGV, first + 3 * TOGETHER - 1)
  local holders = {}
  for i = first, last, 3 do
    holders[#holders + 1] = ARGV[i]
    if ARGV[i + 2] ~= '' then holders[#holders + 1] = 'a' .. ARGV[i + 2] end
  end
  local known, at = redis.call('HMGET', BY_VISITOR, unpack(holders)), 0
  for i = first, last, 3 do
    local visitor, lane, account = ARGV[i], ARGV[i + 1], ARGV[i + 2] ~= '' and 'a' .. ARGV[i + 2]
    at = at + 1
    local is_known = known[at] or met[visitor]
    if account then
      at = at + 1
      is_known = is_known or known[at] or met[account]
      met[account] = true
    end
    met[visitor] = true
    local answer
    if is_known then
      -- They may be among those who are about to be taken in, and are before everybody who comes next.
      take_in()
      answer = find(visitor, lane, account)
    end
    local index = (i - 3) / 3 + 1
    answers[index] = answer
    if not answer then
      newcomers[#newcomers + 1] =
        { at = index, visitor = visitor, account = account, lane = lane == '' and '0' or lane }
    end
  end
  take_in()
end
return answers
