-- Gives the tickets of a hold back. Tickets that another hold has by now are left alone.
-- KEYS[1] index (zset)   KEYS[2] the account's holds (zset)   KEYS[3] the hold (hash)
-- ARGV[1] hold   ARGV[2] prefix of ticket keys   ARGV[3] prefix of pool keys
-- The keys of the pass's and the presale code's holds are made from the prefix of ticket keys: they share the hash tag of
-- KEYS.
-- Returns 1, or 0 when the hold was gone already.
local hold = redis.call('HMGET', KEYS[3], 'tickets', 'pools', 'pass', 'code', 'count')
if not hold[1] then return 0 end
local pools, i = {}, 0
for pool in string.gmatch(hold[2] .. ' ', '([^ ]*) ') do pools[#pools + 1] = pool end
for ticket in string.gmatch(hold[1], '%d+') do
  i = i + 1
  if redis.call('GET', ARGV[2] .. ticket) == ARGV[1] then
    redis.call('DEL', ARGV[2] .. ticket)
    redis.call('ZREM', KEYS[1], ticket)
    if pools[i] and pools[i] ~= '' then redis.call('ZADD', ARGV[3] .. pools[i], 'XX', 0, ticket) end
  end
end
redis.call('ZREM', KEYS[2], ARGV[1])
if hold[3] and hold[3] ~= '' then redis.call('ZREM', ARGV[2] .. 'pass:' .. hold[3], ARGV[1]) end
if hold[4] and hold[4] ~= '' then
  redis.call('ZREM', ARGV[2] .. 'code:' .. hold[4], ARGV[1] .. ':' .. hold[5])
end
redis.call('DEL', KEYS[3])
return 1
