-- Brings places back that this Redis has lost, from what their holders proved: each was given the place, or joined it. Of
-- one's own places the better stays. A place that was given up for another is that other one.
-- ARGV[1] now   ARGV[2] rank of each lane, a digit each   ARGV[3..] number, visitor, lane; repeated
-- Returns for each the number that the visitor holds now, or '' where the place is over and they hold none.
-- Safe to repeat: a place that is there is left as it is, but for a lane before its own that was proved.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local answers = {}

local function restored(proved, visitor, lane)
  local own, held = place_of(visitor)
  local number, place, into = follow(proved)
  if place and place.state == 'e' then return own or '' end
  lane = into or lane
  if not place then
    place = new_place(visitor, lane)
    write(number, place)
    redis.call('ZADD', LANES[lane], number, number)
    redis.call('HINCRBY', STATE, 'restored', 1)
    redis.call('ZADD', MOVED, now, number)
  elseif place.visitor == NO_VISITOR then
    -- Called while the line was lost: nobody knew whose it was until now.
    place.visitor = visitor
    write(number, place)
    redis.call('ZADD', MOVED, now, number)
  end
  if own then
    local better, best = keep_better(own, held, number, place, ARGV[2], now)
    if not better then return own end
    number, place = better, best
  end
  redis.call('HSET', BY_VISITOR, visitor, number)
  raise(number, place, lane, ARGV[2], now)
  sign_of_life(number, place, now)
  return number
end

for i = 3, #ARGV, 3 do answers[#answers + 1] = restored(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
return answers
