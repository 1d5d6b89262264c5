-- Makes the index and the pools say what the locks say, for some tickets. A lock is a ticket's own key; it decides.
-- KEYS[1] sold (hash)   KEYS[2] index (zset: ticket -> end)   KEYS[3..] one for each ticket (string: hold)
-- ARGV[1] prefix of pool keys   ARGV[2..] number and pool ('' without) of each ticket
-- Pool keys are made from the prefix: they share the hash tag of KEYS.
-- Returns how many entries were wrong, or -1 when the mirror was not built in this Redis.
if not epoch_of(KEYS[1]) then return -1 end
local now, wrong = now_ms(), 0
for i = 3, #KEYS do
  local ticket, pool = ARGV[2 * i - 4], ARGV[2 * i - 3]
  local till = redis.call('PEXPIRETIME', KEYS[i])
  local said = tonumber(redis.call('ZSCORE', KEYS[2], ticket) or '0')
  if till > now then
    if said ~= till then
      redis.call('ZADD', KEYS[2], till, ticket)
      redis.call('PEXPIREAT', KEYS[2], till, 'NX')
      redis.call('PEXPIREAT', KEYS[2], till, 'GT')
      wrong = wrong + 1
    end
  elseif said > now then
    redis.call('ZREM', KEYS[2], ticket)
    wrong = wrong + 1
  end
  if pool ~= '' then
    local from = redis.call('ZSCORE', ARGV[1] .. pool, ticket)
    local right = till > now and till or 0
    if from and ((right > 0 and tonumber(from) ~= right) or (right == 0 and tonumber(from) > now)) then
      redis.call('ZADD', ARGV[1] .. pool, 'XX', right, ticket)
      wrong = wrong + 1
    end
  end
end
return wrong
