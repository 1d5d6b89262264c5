-- Calls places of a granted batch, which comes in one part or several. Compared by tick alone: a batch that was applied
-- changes nothing more.
-- ARGV[1] now   ARGV[2] tick   ARGV[3] epoch of the grant   ARGV[4] claim window in ms
-- ARGV[5] with the last part: how many the whole batch calls in each of the eight lanes, '1,0,…'; '' before
-- ARGV[6..] number, lane; repeated, 1000 places at most
-- Returns {1 if places not found may still come back (the line was lost since the grant) else 0, epoch of the line,
-- for each number its visitor or ''}. Safe to repeat.
if is_lost() then return lost() end
local now, tick = clock(ARGV[1]), tonumber(ARGV[2])
local ends = string.format('%.0f', now + tonumber(ARGV[4]))
local state = redis.call('HMGET', STATE, 'epoch', 'tick')
local is_fresh, was_lost = tick > tonumber(state[2]), tonumber(state[1]) > tonumber(ARGV[3])
local answer, numbers = { was_lost and 1 or 0, tonumber(state[1]) }, {}
for i = 6, #ARGV, 2 do numbers[#numbers + 1] = ARGV[i] end
local records = redis.call('HMGET', PLACE, unpack(numbers))
-- What is written, a command a key.
local waited, away, written, called, moved = {}, {}, {}, {}, {}
for i, number in ipairs(numbers) do
  local place, lane = parse(records[i]), ARGV[5 + 2 * i]
  if not place and is_fresh and was_lost then
    place = new_place(NO_VISITOR, lane)
  end
  if place and is_fresh and (place.state == 'w' or place.state == 'a') then
    if place.state == 'a' then
      away[#away + 1] = number
    else
      local line = waited[place.lane] or {}
      waited[place.lane], line[#line + 1] = line, number
    end
    place.state = 'c'
    written[#written + 1], written[#written + 2] = number, record_of(place)
    called[#called + 1], called[#called + 2] = ends, number
    moved[#moved + 1], moved[#moved + 2] = now, number
  elseif place and is_fresh and place.state == 'c' then
    -- Called by this batch, by a Redis that has forgotten the tick since: the window begins now.
    called[#called + 1], called[#called + 2] = ends, number
  end
  answer[#answer + 1] = (place and place.state ~= 'm' and place.visitor ~= NO_VISITOR) and place.visitor or ''
end
for lane, line in pairs(waited) do redis.call('ZREM', LANES[lane], unpack(line)) end
if #away > 0 then redis.call('ZREM', AWAY, unpack(away)) end
if #written > 0 then redis.call('HSET', PLACE, unpack(written)) end
if #called > 0 then redis.call('ZADD', CALLED, unpack(called)) end
if #moved > 0 then redis.call('ZADD', MOVED, unpack(moved)) end
if is_fresh and ARGV[5] ~= '' then
  redis.call('HSET', STATE, 'tick', ARGV[2])
  redis.call('ZADD', PACE, now, ARGV[2] .. ':' .. ARGV[5])
end
return answer
