-- Sets tickets aside for one account: all of them or none.
-- KEYS[1] sold (hash: ticket -> version:taken)       KEYS[2] index (zset: ticket -> end)
-- KEYS[3] the account's holds (zset: hold -> end)    KEYS[4] the new hold (hash)
-- KEYS[5] what an Idempotency-Key gave before (hash) KEYS[6] pool of free units (zset: ticket -> free from), or KEYS[1]
-- KEYS[7..] one for each ticket asked for (string: hold)
-- ARGV[1] hold   ARGV[2] milliseconds it lasts   ARGV[3] most tickets that the account may hold now
-- ARGV[4] all that is said of the hold (text)    ARGV[5] hash of the body under the key, '' without a key
-- ARGV[6] milliseconds that the key is remembered   ARGV[7] what was asked, as one text
-- ARGV[8] prefix of ticket keys   ARGV[9] prefix of pool keys   ARGV[10] prefix of holds
-- ARGV[11] 1 when asking the same again gives the same hold
-- ARGV[12] how many units of the pool are asked for, 0 for named tickets   ARGV[13..] number and pool ('' without) of each ticket
-- Keys of units chosen here, and of pools, are made from the prefixes: they share the hash tag of KEYS.
-- Returns {'held' or 'again', hold, about, tickets, pools, epoch, fence}, {'rebuild'}, {'reused'}, {'limit', held},
-- {'taken', tickets...} or {'soldout', left}.
local epoch = epoch_of(KEYS[1])
if not epoch then return {'rebuild'} end
local fields = {'about', 'tickets', 'pools', 'epoch', 'fence'}
local function answer(how, id, key)
  local hold = redis.call('HMGET', key, unpack(fields))
  return {how, id, hold[1], hold[2], hold[3], hold[4], hold[5]}
end
if ARGV[5] ~= '' then
  local before = redis.call('HMGET', KEYS[5], 'body', 'hold')
  if before[1] then
    if before[1] ~= ARGV[5] then return {'reused'} end
    return answer('again', before[2], KEYS[5])
  end
end
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
local held = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  local other = redis.call('HMGET', ARGV[10] .. id, 'asked', 'count')
  if other[1] == ARGV[7] and ARGV[11] == '1' then return answer('again', id, ARGV[10] .. id) end
  held = held + tonumber(other[2] or '0')
end
local units = tonumber(ARGV[12])
local tickets, pools = {}, {}
if units > 0 then
  tickets = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', now, 'LIMIT', 0, units)
  if #tickets < units then return {'soldout', tostring(#tickets)} end
  for i = 1, units do pools[i] = string.sub(KEYS[6], #ARGV[9] + 1) end
else
  local taken = {'taken'}
  for i = 13, #ARGV, 2 do
    local state = redis.call('HGET', KEYS[1], ARGV[i])
    if (state and string.sub(state, -1) == '1') or redis.call('EXISTS', KEYS[7 + (i - 13) / 2]) == 1 then
      taken[#taken + 1] = ARGV[i]
    end
    tickets[#tickets + 1], pools[#pools + 1] = ARGV[i], ARGV[i + 1]
  end
  if #taken > 1 then return taken end
end
if held + #tickets > tonumber(ARGV[3]) then return {'limit', tostring(held)} end
local till = now + tonumber(ARGV[2])
local function ends(key, at)
  redis.call('PEXPIREAT', key, at, 'NX')
  redis.call('PEXPIREAT', key, at, 'GT')
end
for i, ticket in ipairs(tickets) do
  redis.call('SET', ARGV[8] .. ticket, ARGV[1], 'PXAT', till)
  redis.call('ZADD', KEYS[2], till, ticket)
  if pools[i] ~= '' then redis.call('ZADD', ARGV[9] .. pools[i], 'XX', till, ticket) end
end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
local said = {'about', ARGV[4], 'tickets', table.concat(tickets, ' '), 'pools', table.concat(pools, ' '),
  'epoch', tostring(epoch), 'fence', tostring(fence), 'asked', ARGV[7], 'count', tostring(#tickets)}
redis.call('HSET', KEYS[4], unpack(said))
redis.call('PEXPIREAT', KEYS[4], till)
redis.call('ZADD', KEYS[3], till, ARGV[1])
ends(KEYS[3], till)
ends(KEYS[2], till)
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[5], 'body', ARGV[5], 'hold', ARGV[1], unpack(said))
  redis.call('PEXPIRE', KEYS[5], ARGV[6])
end
return answer('held', ARGV[1], KEYS[4])
