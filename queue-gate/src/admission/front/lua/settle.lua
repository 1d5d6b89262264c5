-- Writes into the line what became of places that were called.
-- ARGV[1] now   ARGV[2..] number, outcome, end in ms; repeated. Outcomes: i inside until the end, e over, n no-show.
-- A no-show parks and may be called once more; the second one is over. Returns 0. Safe to repeat.
if is_lost() then return lost() end
local now = clock(ARGV[1])
for i = 2, #ARGV, 3 do
  local number, outcome = ARGV[i], ARGV[i + 1]
  local place = read(number)
  -- A place that was given up in the moment of its call: nobody comes for its slot.
  if place and place.state == 'm' then place = nil end
  if place and outcome == 'i' then
    take_out(number, place)
    place.state = 'i'
    write(number, place)
    redis.call('ZADD', ACTIVE, ARGV[i + 2], number)
    redis.call('ZADD', MOVED, now, number)
  elseif place and outcome == 'e' then
    if place.state ~= 'e' then finish(number, place, now) end
  elseif place and place.state == 'c' then
    if place.missed == '0' then
      take_out(number, place)
      place.state, place.missed = 'a', '1'
      write(number, place)
      redis.call('ZADD', AWAY, number, number)
      redis.call('ZADD', MOVED, now, number)
    else
      finish(number, place, now)
    end
  elseif not place then
    redis.call('ZREM', CALLED, number)
    redis.call('ZREM', ACTIVE, number)
  end
end
return 0
