-- What every script of a line begins with. The keys of a room, always all of them in this order, one hash tag:
local AWAY, CALLED, ACTIVE = KEYS[2], KEYS[3], KEYS[4]
local PLACE, BY_VISITOR, STATE = KEYS[5], KEYS[6], KEYS[7]
local MOVED, NODES, PACE = KEYS[8], KEYS[9], KEYS[10]
-- Who waits, by lane. Lane 0 is main; a room has eight at most.
local LANES = { ['0'] = KEYS[1], ['1'] = KEYS[11], ['2'] = KEYS[12], ['3'] = KEYS[13],
  ['4'] = KEYS[14], ['5'] = KEYS[15], ['6'] = KEYS[16], ['7'] = KEYS[17] }
-- A place's record: visitor (16 bytes), node with its live socket (4 bytes), state (1), times not shown up (1), lane (1),
-- last sign of life while it waited (6 bytes: ms, big-endian). These are 29 bytes, and up to 30 cost Redis 32 of memory; a
-- set of signs of life beside them cost 101 a visitor. States: w waiting, a away, c called, i inside, e ended, m given up for
-- another, whose number stands in 16 digits where the visitor would. A place is in the one zset that its state says; while it
-- waits, in that of its lane. Several may hold one place: BY_VISITOR has every holder, a visitor (16 bytes) or 'a' and an
-- account.
local NO_NODE, NO_VISITOR, NEVER = string.rep('\0', 4), string.rep('\0', 16), string.rep('\0', 6)

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

-- What a record says; nil for none.
local function parse(record)
  if not record then return nil end
  local place = {
    visitor = string.sub(record, 1, 16), node = string.sub(record, 17, 20),
    state = string.sub(record, 21, 21), missed = string.sub(record, 22, 22),
    lane = string.sub(record, 23, 23), seen = string.sub(record, 24, 29),
  }
  if place.state == 'm' then place.target = string.match(place.visitor, '^0*(%d+)$') end
  return place
end

local function read(number)
  return parse(redis.call('HGET', PLACE, number))
end

local function record_of(place)
  return place.visitor .. place.node .. place.state .. place.missed .. place.lane .. place.seen
end

-- A place of which nothing more is known.
local function new_place(visitor, lane)
  return { visitor = visitor, node = NO_NODE, state = 'w', missed = '0', lane = lane, seen = NEVER }
end

-- An instant (ms) as a record keeps it.
local function sign(at)
  return struct.pack('>I6', at)
end

local function write(number, place)
  redis.call('HSET', PLACE, number, record_of(place))
end

-- Puts a place that was away back into the line, at its number: in front of everyone who came later.
local function bring_back(number, place, now)
  place.state, place.seen = 'w', sign(now)
  write(number, place)
  redis.call('ZREM', AWAY, number)
  redis.call('ZADD', LANES[place.lane], number, number)
  redis.call('ZADD', MOVED, now, number)
  redis.call('HINCRBY', STATE, 'returned', 1)
end

-- Notes that the holder of a place was here.
local function sign_of_life(number, place, now)
  if place.state == 'a' then
    bring_back(number, place, now)
  elseif place.state == 'w' then
    place.seen = sign(now)
    write(number, place)
  end
end

-- Takes a place out of every set that it may be in.
local function take_out(number, place)
  for _, set in ipairs({ LANES[place.lane], AWAY, CALLED, ACTIVE }) do redis.call('ZREM', set, number) end
end

-- Whether a lane stands before another in the room's order. `ranks` has a digit for each lane, 0 for the first.
local function outranks(ranks, lane, other)
  return string.byte(ranks, lane + 1) < string.byte(ranks, other + 1)
end

-- Puts a place into a lane that stands before its own; it keeps its number. In any other lane it stays.
local function raise(number, place, lane, ranks, now)
  if lane == '' or not outranks(ranks, lane, place.lane) then return end
  if place.state == 'w' then
    redis.call('ZREM', LANES[place.lane], number)
    redis.call('ZADD', LANES[lane], number, number)
  end
  place.lane = lane
  write(number, place)
  redis.call('ZADD', MOVED, now, number)
end

-- Ends a place: the record stays, so that a signed place cannot come back as a new turn.
local function finish(number, place, now)
  take_out(number, place)
  if redis.call('HGET', BY_VISITOR, place.visitor) == number then redis.call('HDEL', BY_VISITOR, place.visitor) end
  place.state, place.node = 'e', NO_NODE
  write(number, place)
  redis.call('ZADD', MOVED, now, number)
end

-- The place that a number stands for: its own, or the one for which it was given up, with that one's lane then.
local function follow(number)
  local place, into = read(number), nil
  while place and place.state == 'm' do
    number, into = place.target, place.lane
    place = read(number)
  end
  return number, place, into
end

-- The place of a holder. What is over is forgotten.
local function place_of(holder)
  local known = redis.call('HGET', BY_VISITOR, holder)
  if not known then return nil end
  local number, place = follow(known)
  if not place or place.state == 'e' then
    redis.call('HDEL', BY_VISITOR, holder)
    return nil
  end
  if number ~= known then redis.call('HSET', BY_VISITOR, holder, number) end
  return number, place
end

local function is_in_line(place)
  return place.state == 'w' or place.state == 'a'
end

-- Gives a place up for another, for good: whoever holds it holds that one.
local function give_up(number, place, other, best, now)
  take_out(number, place)
  place.visitor, place.node = string.rep('0', 16 - #other) .. other, NO_NODE
  place.state, place.lane = 'm', best.lane
  write(number, place)
  redis.call('ZADD', MOVED, now, number)
end

-- Of two places of one holder the better stays and the other is given up for it: the one that was called, else the one in
-- the lane before, else the lower number. Returns it; nil where both were called.
local function keep_better(number, place, other, others, ranks, now)
  if number == other then return number, place end
  if not is_in_line(place) and not is_in_line(others) then return nil end
  local same = place.lane == others.lane
  local is_first = outranks(ranks, place.lane, others.lane) or same and tonumber(number) < tonumber(other)
  if is_in_line(others) and (is_first or not is_in_line(place)) then
    give_up(other, others, number, place, now)
    return number, place
  end
  give_up(number, place, other, others, now)
  return other, others
end

-- The place of a visitor and of their account, which are one: the better of both, where each has one.
local function shared(number, place, visitor, account, ranks, now)
  local theirs, other = place_of(account)
  if number and theirs then
    local better, best = keep_better(number, place, theirs, other, ranks, now)
    if not better then return number, place end
    number, place = better, best
  elseif theirs then
    number, place = theirs, other
  end
  if number then redis.call('HSET', BY_VISITOR, visitor, number, account, number) end
  return number, place
end

-- {number, state, places ahead, places in its lane, end of the claim or the session in ms, last tick, epoch, lane}
-- `seen` remembers what is the same for all standings of one call, from the first of them on.
local function standing(number, place, seen)
  seen.state = seen.state or redis.call('HMGET', STATE, 'tick', 'epoch')
  seen[place.lane] = seen[place.lane] or redis.call('ZCARD', LANES[place.lane])
  local ends = place.state == 'c' and redis.call('ZSCORE', CALLED, number)
    or place.state == 'i' and redis.call('ZSCORE', ACTIVE, number) or '0'
  local ahead = redis.call('ZCOUNT', LANES[place.lane], '-inf', '(' .. number)
  local tick, epoch = seen.state[1] or '0', seen.state[2] or '0'
  return { number, place.state, ahead, seen[place.lane], ends, tick, epoch, place.lane }
end
