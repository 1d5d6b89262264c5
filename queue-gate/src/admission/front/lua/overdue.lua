-- Places that the line shows as called or inside though their time is over, at most ARGV[2]. Reads only.
-- ARGV[1] now
local now = string.format('%.0f', clock(ARGV[1]))
local called = redis.call('ZRANGE', CALLED, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[2])
local active = redis.call('ZRANGE', ACTIVE, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, number in ipairs(active) do called[#called + 1] = number end
return called
