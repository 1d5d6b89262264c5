-- Begins to build the mirror for an epoch. Whoever began before with a lower epoch cannot finish any more.
-- KEYS[1] sold (hash)   KEYS[2..] pools of free units (zset: ticket -> free from)   ARGV[1] epoch
-- Returns 1, or 0 when the mirror stands already or a later epoch is being built.
if epoch_of(KEYS[1]) then return 0 end
local building = tonumber(redis.call('HGET', KEYS[1], 'building') or '0')
if building > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', unpack(KEYS))
redis.call('HSET', KEYS[1], 'building', ARGV[1])
return 1
