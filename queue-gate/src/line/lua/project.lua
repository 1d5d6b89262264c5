-- Writes what PostgreSQL knows of places that were called, into a line that may have lost it.
-- ARGV[1] run id that the caller saw
-- ARGV[2..] number, visitor or '', state (c, i, e, or a: not shown up, and to be called once more), end in ms, times not
-- shown up, lane; repeated
-- Returns how many were written; -1 when this is another Redis by now. Safe to repeat.
if run_id() ~= ARGV[1] then return -1 end
local written = 0
for i = 2, #ARGV, 6 do
  local number, visitor, state, ends, missed = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local place = read(number)
  if state == 'a' and place and (place.state == 'w' or place.state == 'a') then
    -- Parked or back in line already: it stays where it is.
    place.missed = missed
    write(number, place)
  else
    place = place or new_place(NO_VISITOR, ARGV[i + 5])
    if visitor ~= '' then place.visitor = visitor end
    take_out(number, place)
    place.state, place.missed = state, missed
    write(number, place)
    if state == 'c' then redis.call('ZADD', CALLED, ends, number) end
    if state == 'i' then redis.call('ZADD', ACTIVE, ends, number) end
    if state == 'a' then redis.call('ZADD', AWAY, number, number) end
    if place.visitor ~= NO_VISITOR then
      if state == 'a' then
        redis.call('HSETNX', BY_VISITOR, place.visitor, number)
      elseif state ~= 'e' then
        redis.call('HSET', BY_VISITOR, place.visitor, number)
      elseif redis.call('HGET', BY_VISITOR, place.visitor) == number then
        redis.call('HDEL', BY_VISITOR, place.visitor)
      end
    end
  end
  written = written + 1
end
return written
