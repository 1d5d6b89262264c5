-- Takes a visitor out of the line. One who is called or inside is left there: their slot must end first.
-- ARGV[1] now   ARGV[2] visitor
-- Returns {number, state before}, or {} where they have no place. Safe to repeat.
if is_lost() then return lost() end
local number = redis.call('HGET', BY_VISITOR, ARGV[2])
if not number then return {} end
local place = read(number)
if place.state == 'w' or place.state == 'a' then
  take_out(number, place)
  redis.call('HDEL', PLACE, number)
  redis.call('HDEL', BY_VISITOR, ARGV[2])
  redis.call('ZADD', MOVED, clock(ARGV[1]), number)
end
return { number, place.state }
