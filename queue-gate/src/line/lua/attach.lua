-- Notes that a node has the live socket of visitors; that is a sign of life, and lasts as long as the node's lease.
-- ARGV[1] now   ARGV[2] node (4 bytes)   ARGV[3] end of the node's lease, ms from now   ARGV[4..] visitors, 1000 at most
-- Returns for each their standing, or {} where they have no place. Safe to repeat.
if is_lost() then return lost() end
local now, answers, seen = clock(ARGV[1]), {}, {}
redis.call('ZADD', NODES, now + tonumber(ARGV[3]), ARGV[2])
if #ARGV < 4 then return answers end
local numbers, places = redis.call('HMGET', BY_VISITOR, unpack(ARGV, 4)), {}
local known = {}
for _, number in ipairs(numbers) do known[#known + 1] = number or '' end
local records, written, sign_now = redis.call('HMGET', PLACE, unpack(known)), {}, sign(now)
for i = 1, #known do
  local place = parse(records[i])
  if not place or place.state ~= 'w' then
    -- Not simply one who waits: away, called, inside, over, given up for another, or nobody.
    known[i], place = place_of(ARGV[i + 3])
    if place then sign_of_life(known[i], place, now) end
  else
    place.seen = sign_now
  end
  if place then
    place.node = ARGV[2]
    written[#written + 1], written[#written + 2] = known[i], record_of(place)
  end
  places[i] = place or false
end
if #written > 0 then redis.call('HSET', PLACE, unpack(written)) end
-- Only now: a place that came back is ahead of others.
for i, place in ipairs(places) do answers[i] = place and standing(known[i], place, seen) or {} end
return answers
