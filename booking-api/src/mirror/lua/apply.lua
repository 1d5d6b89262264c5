-- Tells the mirror about tickets. Only a higher version than the one it knows counts, so order and repeats do not matter.
-- KEYS[1] sold (hash: ticket -> version:taken)   KEYS[2] index (zset: ticket -> end of its hold)   ARGV[1] prefix of pool keys
-- ARGV[2..] four for each ticket: number, version, 1 or 0, tier of its pool or ''
-- Pool keys are made from the prefix: they share the hash tag of KEYS.
for i = 2, #ARGV, 4 do
  local ticket, version, taken, pool = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local before = redis.call('HGET', KEYS[1], ticket)
  if not before or tonumber(version) > tonumber(string.match(before, '^%d+')) then
    redis.call('HSET', KEYS[1], ticket, version .. ':' .. taken)
    if pool ~= '' then
      if taken == '1' then
        redis.call('ZREM', ARGV[1] .. pool, ticket)
      else
        redis.call('ZADD', ARGV[1] .. pool, redis.call('ZSCORE', KEYS[2], ticket) or '0', ticket)
      end
    end
  end
end
return 1
