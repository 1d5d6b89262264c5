-- Puts visitors at the end of their lanes, each once.
-- ARGV[1] now   ARGV[2] rank of each lane, a digit each   ARGV[3..] visitor, lane or '' for no claim to one; repeated
-- A visitor who has a place keeps its number; a lane before their own in the room's order becomes theirs.
-- Returns for each {number, 1 if they had a place already else 0, places ahead, lane}. Safe to repeat: joining again finds
-- the place.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local epoch = tonumber(redis.call('HGET', STATE, 'epoch'))
local answers = {}
for i = 3, #ARGV, 2 do
  local visitor, lane = ARGV[i], ARGV[i + 1]
  local number, again = redis.call('HGET', BY_VISITOR, visitor), 1
  local place
  if number then
    place = read(number)
    raise(number, place, lane, ARGV[2], now)
    sign_of_life(number, place, now)
  else
    local n = redis.call('HINCRBY', STATE, 'n', 1)
    number, again = string.format('%.0f', epoch * 4294967296 + n), 0
    place = { visitor = visitor, node = NO_NODE, state = 'w', missed = '0', lane = lane == '' and '0' or lane }
    redis.call('HSET', BY_VISITOR, visitor, number)
    write(number, place)
    redis.call('ZADD', LANES[place.lane], number, number)
    redis.call('ZADD', SEEN, now, number)
  end
  answers[#answers + 1] = { number, again, redis.call('ZCOUNT', LANES[place.lane], '-inf', '(' .. number), place.lane }
end
return answers
