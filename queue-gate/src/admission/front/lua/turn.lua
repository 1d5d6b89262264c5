-- Whether it is the caller's turn to tick the room: nobody did for ARGV[2] milliseconds.
-- ARGV[1] now   Returns 1 or 0. A node that dies in its turn delays the room by that long.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local last = tonumber(redis.call('HGET', STATE, 'ticked') or '0')
if now >= last and now - last < tonumber(ARGV[2]) then return 0 end
redis.call('HSET', STATE, 'ticked', string.format('%.0f', now))
return 1
