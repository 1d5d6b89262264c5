-- Lets a hold last longer, if it still has all its tickets. Never shortens it.
-- KEYS[1] index (zset)   KEYS[2] the account's holds (zset)   KEYS[3] the hold (hash)
-- ARGV[1] hold   ARGV[2] milliseconds from now   ARGV[3] prefix of ticket keys   ARGV[4] prefix of pool keys
-- ARGV[5] all that is said of the hold from now on (text)
-- The keys of the pass's and the presale code's holds are made from the prefix of ticket keys: they share the hash tag of
-- KEYS.
-- Returns 1, or 0 when the hold is gone or has lost a ticket.
local hold = redis.call('HMGET', KEYS[3], 'tickets', 'pools', 'pass', 'code')
if not hold[1] then return 0 end
local tickets, pools = {}, {}
for ticket in string.gmatch(hold[1], '%d+') do tickets[#tickets + 1] = ticket end
for pool in string.gmatch(hold[2] .. ' ', '([^ ]*) ') do pools[#pools + 1] = pool end
for _, ticket in ipairs(tickets) do
  if redis.call('GET', ARGV[3] .. ticket) ~= ARGV[1] then return 0 end
end
local till = now_ms() + tonumber(ARGV[2])
if tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or '0') >= till then return 1 end
for i, ticket in ipairs(tickets) do
  redis.call('PEXPIREAT', ARGV[3] .. ticket, till)
  redis.call('ZADD', KEYS[1], till, ticket)
  if pools[i] and pools[i] ~= '' then redis.call('ZADD', ARGV[4] .. pools[i], 'XX', till, ticket) end
end
redis.call('HSET', KEYS[3], 'about', ARGV[5])
redis.call('ZADD', KEYS[2], till, ARGV[1])
for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, till, 'GT') end
if hold[3] and hold[3] ~= '' then
  local pass = ARGV[3] .. 'pass:' .. hold[3]
  redis.call('ZADD', pass, till, ARGV[1])
  redis.call('PEXPIREAT', pass, till, 'GT')
end
if hold[4] and hold[4] ~= '' then
  local code = ARGV[3] .. 'code:' .. hold[4]
  redis.call('ZADD', code, till, ARGV[1] .. ':' .. #tickets)
  redis.call('PEXPIREAT', code, till, 'GT')
end
return 1
