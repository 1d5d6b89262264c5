-- Writes what PostgreSQL knows of places that were called, into a line that may have lost it.
-- ARGV[1] run id that the caller saw   ARGV[2..] number, visitor or '', state (c, i, e), end in ms; repeated
-- Returns how many were written; -1 when this is another Redis by now. Safe to repeat.
if run_id() ~= ARGV[1] then return -1 end
local written = 0
for i = 2, #ARGV, 4 do
  local number, visitor, state, ends = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local place = read(number) or { visitor = NO_VISITOR, node = NO_NODE, missed = '0' }
  if visitor ~= '' then place.visitor = visitor end
  take_out(number)
  place.state = state
  write(number, place)
  if state == 'c' then redis.call('ZADD', CALLED, ends, number) end
  if state == 'i' then redis.call('ZADD', ACTIVE, ends, number) end
  if place.visitor ~= NO_VISITOR then
    if state ~= 'e' then
      redis.call('HSET', BY_VISITOR, place.visitor, number)
    elseif redis.call('HGET', BY_VISITOR, place.visitor) == number then
      redis.call('HDEL', BY_VISITOR, place.visitor)
    end
  end
  written = written + 1
end
return written
