-- What every script of a line begins with. The keys of a room, always all of them in this order, one hash tag:
local WAITING, AWAY, CALLED, ACTIVE = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local SEEN, PLACE, BY_VISITOR, STATE = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local MOVED, NODES, PACE = KEYS[9], KEYS[10], KEYS[11]
-- A place's record: visitor (16 bytes), node with its live socket (4 bytes), state (1), times not shown up (1).
-- States: w waiting, a away, c called, i inside, e ended. A place is in the one zset that its state says.
local NO_NODE, NO_VISITOR = string.rep('\0', 4), string.rep('\0', 16)

-- The room's time in milliseconds: Redis's own, unless the caller moves it.
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function run_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

-- Whether this Redis is another than the one in which the line was last known whole: restarted, failed over, wiped.
local function is_lost()
  return redis.call('HGET', STATE, 'run') ~= run_id()
end

local function lost()
  return redis.error_reply('LINELOST this Redis does not hold the line as it was')
end

local function read(number)
  local record = redis.call('HGET', PLACE, number)
  if not record then return nil end
  return {
    visitor = string.sub(record, 1, 16), node = string.sub(record, 17, 20),
    state = string.sub(record, 21, 21), missed = string.sub(record, 22, 22),
  }
end

local function write(number, place)
  redis.call('HSET', PLACE, number, place.visitor .. place.node .. place.state .. place.missed)
end

-- Puts a place that was away back into the line, at its number: in front of everyone who came later.
local function bring_back(number, place, now)
  place.state = 'w'
  write(number, place)
  redis.call('ZREM', AWAY, number)
  redis.call('ZADD', WAITING, number, number)
  redis.call('ZADD', MOVED, now, number)
  redis.call('HINCRBY', STATE, 'returned', 1)
end

-- Notes that the holder of a place was here.
local function sign_of_life(number, place, now)
  if place.state == 'a' then bring_back(number, place, now) end
  if place.state == 'w' then redis.call('ZADD', SEEN, now, number) end
end

-- Takes a place out of every set that it may be in.
local function take_out(number)
  for _, set in ipairs({ WAITING, AWAY, CALLED, ACTIVE, SEEN }) do redis.call('ZREM', set, number) end
end

-- Ends a place: the record stays, so that a signed place cannot come back as a new turn.
local function finish(number, place, now)
  take_out(number)
  if redis.call('HGET', BY_VISITOR, place.visitor) == number then redis.call('HDEL', BY_VISITOR, place.visitor) end
  place.state, place.node = 'e', NO_NODE
  write(number, place)
  redis.call('ZADD', MOVED, now, number)
end

-- {number, state, places ahead, places in line, end of the claim or the session in ms, last tick, epoch}
local function standing(number, place)
  local ends = redis.call('ZSCORE', CALLED, number) or redis.call('ZSCORE', ACTIVE, number) or '0'
  local ahead = redis.call('ZCOUNT', WAITING, '-inf', '(' .. number)
  local state = redis.call('HMGET', STATE, 'tick', 'epoch')
  return { number, place.state, ahead, redis.call('ZCARD', WAITING), ends, state[1] or '0', state[2] or '0' }
end
