-- Lists the tickets that are held now.
-- KEYS[1] index (zset: ticket -> end)
-- Returns ticket numbers.
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now_ms(), '+inf')
