-- Stands before the scripts that give holds back. Tickets that another hold has by now are left alone.
-- id: the hold   at: its hash   holds: the account's holds (zset)   index (zset: ticket -> end)
-- tickets_at, pools_at: prefixes of ticket keys and of pool keys
-- The keys of the pass's and the presale code's holds are made from the prefix of ticket keys: they share the hash tag of
-- KEYS.
-- Returns 1, or 0 when the hold was gone already.
local function give_back(id, at, holds, index, tickets_at, pools_at)
  local hold = redis.call('HMGET', at, 'tickets', 'pools', 'pass', 'code', 'count')
  if not hold[1] then return 0 end
  local pools, i = {}, 0
  for pool in string.gmatch(hold[2] .. ' ', '([^ ]*) ') do pools[#pools + 1] = pool end
  for ticket in string.gmatch(hold[1], '%d+') do
    i = i + 1
    if redis.call('GET', tickets_at .. ticket) == id then
      redis.call('DEL', tickets_at .. ticket)
      redis.call('ZREM', index, ticket)
      if pools[i] and pools[i] ~= '' then redis.call('ZADD', pools_at .. pools[i], 'XX', 0, ticket) end
    end
  end
  redis.call('ZREM', holds, id)
  if hold[3] and hold[3] ~= '' then redis.call('ZREM', tickets_at .. 'pass:' .. hold[3], id) end
  if hold[4] and hold[4] ~= '' then redis.call('ZREM', tickets_at .. 'code:' .. hold[4], id .. ':' .. hold[5]) end
  redis.call('DEL', at)
  return 1
end
