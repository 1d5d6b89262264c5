-- Brings places back that this Redis has lost, from what their holders proved. The lowest of one's own numbers stays.
-- ARGV[1] now   ARGV[2] rank of each lane, a digit each   ARGV[3..] number, visitor, lane; repeated
-- Returns for each the number that the visitor holds now, or '' where the place is over and they hold none.
-- Safe to repeat: a place that is there is left as it is, but for a lane before its own that was proved.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local answers = {}

local function restored(number, visitor, lane)
  local own = redis.call('HGET', BY_VISITOR, visitor)
  local place = read(number)
  if place and place.state == 'e' then
    return own or ''
  elseif place and place.visitor == NO_VISITOR then
    -- Called while the line was lost: nobody knew whose it was until now.
    place.visitor = visitor
    write(number, place)
    redis.call('ZADD', MOVED, now, number)
  elseif place and place.visitor ~= visitor then
    return own or ''
  end
  if own and own ~= number then
    local held = read(own)
    if tonumber(own) < tonumber(number) or (held.state ~= 'w' and held.state ~= 'a') then return own end
    take_out(own, held)
    redis.call('HDEL', PLACE, own)
    redis.call('ZADD', MOVED, now, own)
  end
  if not place then
    place = { visitor = visitor, node = NO_NODE, state = 'w', missed = '0', lane = lane }
    write(number, place)
    redis.call('ZADD', LANES[lane], number, number)
    redis.call('HINCRBY', STATE, 'restored', 1)
    redis.call('ZADD', MOVED, now, number)
  end
  redis.call('HSET', BY_VISITOR, visitor, number)
  raise(number, place, lane, ARGV[2], now)
  sign_of_life(number, place, now)
  return number
end

for i = 3, #ARGV, 3 do answers[#answers + 1] = restored(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
return answers
