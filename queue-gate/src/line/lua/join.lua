-- Puts visitors at the end of their lanes, each once, and each account once.
-- ARGV[1] now   ARGV[2] rank of each lane, a digit each
-- ARGV[3..] visitor, lane or '' for no claim to one, account (16 bytes) or '' for a visitor who is not signed in; repeated
-- A visitor who has a place keeps its number; a lane before their own in the room's order becomes theirs. A place of the
-- same account is theirs too; of two such places the better stays.
-- Returns for each {number, 1 if they had a place already else 0, places ahead, lane}. Safe to repeat: joining again finds
-- the place.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local epoch = tonumber(redis.call('HGET', STATE, 'epoch'))
local answers = {}
for i = 3, #ARGV, 3 do
  local visitor, lane, account = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local number, place = place_of(visitor)
  if account ~= '' then number, place = shared(number, place, visitor, 'a' .. account, ARGV[2], now) end
  local again = 1
  if number then
    raise(number, place, lane, ARGV[2], now)
    sign_of_life(number, place, now)
  else
    local n = redis.call('HINCRBY', STATE, 'n', 1)
    number, again = string.format('%.0f', epoch * 4294967296 + n), 0
    place = { visitor = visitor, node = NO_NODE, state = 'w', missed = '0', lane = lane == '' and '0' or lane }
    redis.call('HSET', BY_VISITOR, visitor, number)
    if account ~= '' then redis.call('HSET', BY_VISITOR, 'a' .. account, number) end
    write(number, place)
    redis.call('ZADD', LANES[place.lane], number, number)
    redis.call('ZADD', SEEN, now, number)
  end
  answers[#answers + 1] = { number, again, redis.call('ZCOUNT', LANES[place.lane], '-inf', '(' .. number), place.lane }
end
return answers
