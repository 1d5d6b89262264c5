-- Calls the places of a granted batch. Compared by tick alone: a batch that was applied changes nothing more.
-- ARGV[1] now   ARGV[2] tick   ARGV[3] epoch of the grant   ARGV[4] claim window in ms   ARGV[5..] number, lane; repeated
-- Returns {1 if places not found may still come back (the line was lost since the grant) else 0, epoch of the line,
-- for each number its visitor or ''}. Safe to repeat.
if is_lost() then return lost() end
local now, tick = clock(ARGV[1]), tonumber(ARGV[2])
local ends = string.format('%.0f', now + tonumber(ARGV[4]))
local state = redis.call('HMGET', STATE, 'epoch', 'tick')
local is_fresh, was_lost = tick > tonumber(state[2]), tonumber(state[1]) > tonumber(ARGV[3])
local answer, calls = { was_lost and 1 or 0, tonumber(state[1]) }, { 0, 0, 0, 0, 0, 0, 0, 0 }
for i = 5, #ARGV, 2 do
  local number = ARGV[i]
  local place = read(number)
  if not place and is_fresh and was_lost then
    place = { visitor = NO_VISITOR, node = NO_NODE, state = 'w', missed = '0', lane = ARGV[i + 1] }
  end
  if place and is_fresh and (place.state == 'w' or place.state == 'a') then
    take_out(number, place)
    place.state = 'c'
    write(number, place)
    redis.call('ZADD', CALLED, ends, number)
    redis.call('ZADD', MOVED, now, number)
  elseif place and is_fresh and place.state == 'c' then
    -- Called by this batch, by a Redis that has forgotten the tick since: the window begins now.
    redis.call('ZADD', CALLED, ends, number)
  end
  calls[ARGV[i + 1] + 1] = calls[ARGV[i + 1] + 1] + 1
  answer[#answer + 1] = (place and place.state ~= 'm' and place.visitor ~= NO_VISITOR) and place.visitor or ''
end
if is_fresh then
  redis.call('HSET', STATE, 'tick', ARGV[2])
  redis.call('ZADD', PACE, now, ARGV[2] .. ':' .. table.concat(calls, ','))
end
return answer
