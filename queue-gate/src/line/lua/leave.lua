-- Takes a visitor out of the line, and the place with them: whoever else holds it has none then. Where friends keep it
-- (ARGV[4]), only the visitor goes. A place that is called or inside is left there: its slot must end first.
-- ARGV[1] now   ARGV[2] visitor   ARGV[3] their account or ''   ARGV[4] a visitor who keeps the place, or ''
-- Returns {number, state before}, or {} where they have no place. Safe to repeat.
if is_lost() then return lost() end
local number, place = place_of(ARGV[2])
if not number then return {} end
local state = place.state
if ARGV[4] ~= '' then
  redis.call('HDEL', BY_VISITOR, ARGV[2])
  if ARGV[3] ~= '' and place_of('a' .. ARGV[3]) == number then redis.call('HDEL', BY_VISITOR, 'a' .. ARGV[3]) end
  if place.visitor == ARGV[2] then
    place.visitor = ARGV[4]
    write(number, place)
  end
elseif is_in_line(place) then
  take_out(number, place)
  redis.call('HDEL', PLACE, number)
  redis.call('HDEL', BY_VISITOR, ARGV[2])
  redis.call('ZADD', MOVED, clock(ARGV[1]), number)
end
return { number, state }
