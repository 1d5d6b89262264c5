-- {places parked, places in each of the eight lanes...}. Reads only.
local counts = { redis.call('ZCARD', AWAY) }
for lane = 0, 7 do counts[lane + 2] = redis.call('ZCARD', LANES[tostring(lane)]) end
return counts
