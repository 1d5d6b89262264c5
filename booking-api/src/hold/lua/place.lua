-- Sets tickets aside for one account: all of them or none.
-- KEYS[1] sold (hash: ticket -> version:taken)       KEYS[2] index (zset: ticket -> end)
-- KEYS[3] the account's holds (zset: hold -> end)    KEYS[4] the new hold (hash)
-- KEYS[5] what an Idempotency-Key gave before (hash) KEYS[6] pool of free units (zset: ticket -> free from), or KEYS[1]
-- KEYS[7] the pass's holds (zset: hold -> end), or KEYS[3]   KEYS[8] there when the pass reserves nothing any more
-- KEYS[9] the presale code's holds (zset: hold:tickets -> end), or a key that is never there
-- KEYS[10..] one for each ticket asked for (string: hold)
-- ARGV[1] hold   ARGV[2] milliseconds it lasts   ARGV[3] most tickets that the account may hold now
-- ARGV[4] all that is said of the hold (text)    ARGV[5] hash of the body under the key, '' without a key
-- ARGV[6] milliseconds that the key is remembered   ARGV[7] what was asked, as one text
-- ARGV[8] prefix of ticket keys   ARGV[9] prefix of pool keys   ARGV[10] prefix of holds
-- ARGV[11] 1 when asking the same again gives the same hold
-- ARGV[12] how many units of the pool are asked for, 0 for named tickets
-- ARGV[13] most tickets that all who share the pass may hold now   ARGV[14] the pass, '' without one
-- ARGV[15] of how many tickets an alternative consists: the first alternative that is free is held
-- ARGV[16] which copy of the service chooses the tickets, '' when it is the fan's choice
-- ARGV[17] most seats that all who use the presale code may hold now   ARGV[18] the code, '' without one
-- ARGV[19] 1 when the tickets are kept for who asks: then they count as sold to everybody else
-- ARGV[20..] number and pool ('' without) of each ticket
-- Keys of units chosen here, of pools, and of the copies that choose, are made from the prefixes: they share the hash tag
-- of KEYS.
-- Returns {'held' or 'again', hold, about, tickets, pools, epoch, fence, tickets met that others have, now, how many copies
-- chose lately, which of them this one is}, {'rebuild'},
-- {'reused'}, {'closed'}, {'limit', held, 'account', 'pass' or 'code'}, {'taken', tickets...} or {'soldout', left}.
local epoch = epoch_of(KEYS[1])
if not epoch then return {'rebuild'} end
local fields = {'about', 'tickets', 'pools', 'epoch', 'fence'}
local taken, now = {'taken'}, now_ms()
-- Copies that chose in the last two seconds share the hall out between them.
local copies, own = 1, 0
if ARGV[16] ~= '' then
  local choosing = ARGV[8] .. 'choosing'
  redis.call('ZADD', choosing, now, ARGV[16])
  redis.call('ZREMRANGEBYSCORE', choosing, '-inf', now - 2000)
  redis.call('PEXPIRE', choosing, 2000)
  local names = redis.call('ZRANGE', choosing, 0, -1)
  table.sort(names)
  copies = #names
  for i, name in ipairs(names) do if name == ARGV[16] then own = i - 1 end end
end
local function answer(how, id, key)
  local hold = redis.call('HMGET', key, unpack(fields))
  return {how, id, hold[1], hold[2], hold[3], hold[4], hold[5], table.concat(taken, ' ', 2), tostring(now),
    tostring(copies), tostring(own)}
end
if ARGV[5] ~= '' then
  local before = redis.call('HMGET', KEYS[5], 'body', 'hold')
  if before[1] then
    if before[1] ~= ARGV[5] then return {'reused'} end
    return answer('again', before[2], KEYS[5])
  end
end
if redis.call('EXISTS', KEYS[8]) == 1 then return {'closed'} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
-- How many tickets the holds in a zset have, and the one among them for which the same was asked.
local function held_in(holds)
  redis.call('ZREMRANGEBYSCORE', holds, '-inf', now)
  local held, same = 0, nil
  for _, id in ipairs(redis.call('ZRANGE', holds, 0, -1)) do
    local other = redis.call('HMGET', ARGV[10] .. id, 'asked', 'count')
    if other[1] == ARGV[7] then same = id end
    held = held + tonumber(other[2] or '0')
  end
  return held, same
end
local held, same = held_in(KEYS[3])
if same and ARGV[11] == '1' then return answer('again', same, ARGV[10] .. same) end
local units, per = tonumber(ARGV[12]), tonumber(ARGV[15])
local tickets, pools = {}, {}
if units > 0 then
  tickets = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', now, 'LIMIT', 0, units)
  if #tickets < units then return {'soldout', tostring(#tickets)} end
  for i = 1, units do pools[i] = string.sub(KEYS[6], #ARGV[9] + 1) end
else
  local total = (#ARGV - 19) / 2
  for first = 1, total, per do
    tickets, pools = {}, {}
    local free = true
    for ticket = first, math.min(first + per - 1, total) do
      local number = ARGV[18 + 2 * ticket]
      local state = redis.call('HGET', KEYS[1], number)
      local sold = state and string.sub(state, -1) == '1' and ARGV[19] ~= '1'
      if sold or redis.call('EXISTS', KEYS[9 + ticket]) == 1 then
        taken[#taken + 1] = number
        free = false
      end
      tickets[#tickets + 1], pools[#pools + 1] = number, ARGV[19 + 2 * ticket]
    end
    if free then break end
    tickets = {}
  end
  if #tickets == 0 then return taken end
end
if held + #tickets > tonumber(ARGV[3]) then return {'limit', tostring(held), 'account'} end
if ARGV[14] ~= '' then
  local shared = held_in(KEYS[7])
  if shared + #tickets > tonumber(ARGV[13]) then return {'limit', tostring(shared), 'pass'} end
end
if ARGV[18] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', now)
  local shared = 0
  for _, one in ipairs(redis.call('ZRANGE', KEYS[9], 0, -1)) do
    shared = shared + tonumber(string.match(one, ':(%d+)$'))
  end
  if shared + #tickets > tonumber(ARGV[17]) then return {'limit', tostring(shared), 'code'} end
end
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
  'epoch', tostring(epoch), 'fence', tostring(fence), 'asked', ARGV[7], 'count', tostring(#tickets), 'pass', ARGV[14],
  'code', ARGV[18]}
redis.call('HSET', KEYS[4], unpack(said))
redis.call('PEXPIREAT', KEYS[4], till)
redis.call('ZADD', KEYS[3], till, ARGV[1])
if ARGV[14] ~= '' then
  redis.call('ZADD', KEYS[7], till, ARGV[1])
  ends(KEYS[7], till)
end
if ARGV[18] ~= '' then
  redis.call('ZADD', KEYS[9], till, ARGV[1] .. ':' .. #tickets)
  ends(KEYS[9], till)
end
ends(KEYS[3], till)
ends(KEYS[2], till)
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[5], 'body', ARGV[5], 'hold', ARGV[1], unpack(said))
  redis.call('PEXPIRE', KEYS[5], ARGV[6])
end
return answer('held', ARGV[1], KEYS[4])
