-- Closes reserving to a pass that holds nothing: from then on nobody places a hold with it.
-- KEYS[1] sold (hash)   KEYS[2] the pass's holds (zset: hold -> end)   KEYS[3] there when the pass reserves nothing any more
-- ARGV[1] milliseconds that it stays closed
-- Returns the epoch of this life of Redis, 0 when the pass holds something, or -1 when the mirror was not built in it.
local epoch = epoch_of(KEYS[1])
if not epoch then return -1 end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now_ms())
if redis.call('ZCARD', KEYS[2]) > 0 then return 0 end
redis.call('SET', KEYS[3], '1', 'PX', ARGV[1])
return epoch
