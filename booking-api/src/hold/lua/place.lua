-- Sets tickets aside, for each of several reservations of one event in turn: all tickets of a reservation or none of them.
-- What becomes of one changes nothing about the others but what they find taken.
-- KEYS[1] sold (hash: ticket -> version:taken)       KEYS[2] index (zset: ticket -> end)   KEYS[3..] those of reservations
-- ARGV[1] prefix of ticket keys   ARGV[2] prefix of pool keys   ARGV[3] prefix of holds
-- ARGV[4] milliseconds that an Idempotency-Key is remembered
-- ARGV[5..] for each reservation: how many keys it has, how many arguments, and these arguments
-- The keys of a reservation, K:
-- K[1] the account's holds (zset: hold -> end)    K[2] the new hold (hash)
-- K[3] what the Idempotency-Key gave before (hash)   K[4] pool of free units (zset: ticket -> free from), or KEYS[1]
-- K[5] the pass's holds (zset: hold -> end), or K[1]   K[6] there when the pass reserves nothing any more
-- K[7] the presale code's holds (zset: hold:tickets -> end), or a key that is never there
-- K[8..] one for each ticket asked for (string: hold)
-- Its arguments, A:
-- A[1] hold   A[2] milliseconds it lasts   A[3] most tickets that the account may hold now
-- A[4] all that is said of the hold (text)   A[5] hash of the body under the key, '' without a key
-- A[6] what was asked, as one text   A[7] 1 when asking the same again gives the same hold
-- A[8] how many units of the pool are asked for, 0 for named tickets
-- A[9] most tickets that all who share the pass may hold now   A[10] the pass, '' without one
-- A[11] of how many tickets an alternative consists: the first alternative that is free is held
-- A[12] which copy of the service chooses the tickets, '' when it is the fan's choice
-- A[13] most seats that all who use the presale code may hold now   A[14] the code, '' without one
-- A[15] 1 when the tickets are kept for who asks: then they count as sold to everybody else
-- A[16] a hold of the account that the new one replaces, '' without: its tickets count as free, and are given back if the
-- new one is placed without them
-- A[17..] number and pool ('' without) of each ticket
-- Keys of units chosen here, of pools, and of the copies that choose, are made from the prefixes: they share the hash tag
-- of KEYS.
-- Returns for each reservation {'held' or 'again', hold, about, tickets, pools, epoch, fence, tickets met that others have,
-- now, how many copies chose lately, which of them this one is}, {'reused'}, {'closed'},
-- {'limit', held, 'account', 'pass' or 'code'}, {'taken', tickets...}, {'soldout', left}, or for all {'rebuild'}.
local sold, index, tickets_at, pools_at, holds_at = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
local epoch, now, furthest = epoch_of(sold), now_ms(), 0
local copies, own, chooser = 1, 0, ''
-- Copies that chose in the last two seconds share the hall out between them.
local function shares(copy)
  if copy == chooser then return end
  chooser = copy
  local choosing = tickets_at .. 'choosing'
  redis.call('ZADD', choosing, now, copy)
  redis.call('ZREMRANGEBYSCORE', choosing, '-inf', now - 2000)
  redis.call('PEXPIRE', choosing, 2000)
  local names = redis.call('ZRANGE', choosing, 0, -1)
  table.sort(names)
  copies = #names
  for i, name in ipairs(names) do if name == copy then own = i - 1 end end
end
-- Lets the holds in a zset last until `at`: longer than they did, never shorter.
local function ends(holds, at, is_new)
  if is_new then
    redis.call('PEXPIREAT', holds, at)
  else
    redis.call('PEXPIREAT', holds, at, 'GT')
  end
end
-- How many tickets the holds in a zset have, the one among them for which `asked`, and whether there is none.
local function held_in(holds, asked)
  redis.call('ZREMRANGEBYSCORE', holds, '-inf', now)
  local held, same, all = 0, nil, redis.call('ZRANGE', holds, 0, -1)
  for _, id in ipairs(all) do
    local other = redis.call('HMGET', holds_at .. id, 'asked', 'count')
    if other[1] == asked then same = id end
    held = held + tonumber(other[2] or '0')
  end
  return held, same, #all == 0
end
-- The tickets of the first alternative that is free, with their pools; and those that others had.
local function named(K, A)
  local per, total, met = tonumber(A[11]), (#A - 16) / 2, {}
  for first = 1, total, per do
    local tickets, pools, free = {}, {}, true
    for ticket = first, math.min(first + per - 1, total) do
      local number = A[15 + 2 * ticket]
      local state = redis.call('HGET', sold, number)
      local is_sold = state and string.sub(state, -1) == '1' and A[15] ~= '1'
      local holder = redis.call('GET', K[7 + ticket])
      if is_sold or (holder and holder ~= A[16]) then
        met[#met + 1] = number
        free = false
      end
      tickets[#tickets + 1], pools[#pools + 1] = number, A[16 + 2 * ticket]
    end
    if free then return tickets, pools, met end
  end
  return nil, nil, met
end
local function place(K, A)
  if A[12] ~= '' then shares(A[12]) end
  local function answer(how, id, hold, met)
    return {how, id, hold[1], hold[2], hold[3], hold[4], hold[5], table.concat(met, ' '), tostring(now),
      tostring(copies), tostring(own)}
  end
  local function before(id, key)
    return answer('again', id, redis.call('HMGET', key, 'about', 'tickets', 'pools', 'epoch', 'fence'), {})
  end
  if A[5] ~= '' then
    local given = redis.call('HMGET', K[3], 'body', 'hold')
    if given[1] then
      if given[1] ~= A[5] then return {'reused'} end
      return before(given[2], K[3])
    end
  end
  if A[10] ~= '' and redis.call('EXISTS', K[6]) == 1 then return {'closed'} end
  local held, same, is_first = held_in(K[1], A[6])
  if same and A[7] == '1' then return before(same, holds_at .. same) end
  -- What is replaced does not count; a hold that is over, or somebody else's, is none.
  if A[16] ~= '' and not redis.call('ZSCORE', K[1], A[16]) then A[16] = '' end
  local old = A[16] ~= '' and redis.call('HMGET', holds_at .. A[16], 'count', 'pass', 'code') or {}
  local replaced = tonumber(old[1] or '0')
  local replaced_of_pass = old[2] == A[10] and replaced or 0
  local replaced_of_code = old[3] == A[14] and replaced or 0
  local units, tickets, pools, met = tonumber(A[8]), nil, {}, {}
  if units > 0 then
    tickets = redis.call('ZRANGEBYSCORE', K[4], '-inf', now, 'LIMIT', 0, units)
    if #tickets < units then return {'soldout', tostring(#tickets)} end
    for i = 1, units do pools[i] = string.sub(K[4], #pools_at + 1) end
  else
    tickets, pools, met = named(K, A)
    if not tickets then return {'taken', unpack(met)} end
  end
  held = held - replaced
  if held + #tickets > tonumber(A[3]) then return {'limit', tostring(held), 'account'} end
  local is_first_of_pass, is_first_of_code
  if A[10] ~= '' then
    local shared, _, is_none = held_in(K[5])
    shared = shared - replaced_of_pass
    if shared + #tickets > tonumber(A[9]) then return {'limit', tostring(shared), 'pass'} end
    is_first_of_pass = is_none
  end
  if A[14] ~= '' then
    redis.call('ZREMRANGEBYSCORE', K[7], '-inf', now)
    local shared, all = 0, redis.call('ZRANGE', K[7], 0, -1)
    for _, one in ipairs(all) do shared = shared + tonumber(string.match(one, ':(%d+)$')) end
    shared = shared - replaced_of_code
    if shared + #tickets > tonumber(A[13]) then return {'limit', tostring(shared), 'code'} end
    is_first_of_code = #all == 0
  end
  local till = now + tonumber(A[2])
  for i, ticket in ipairs(tickets) do
    redis.call('SET', tickets_at .. ticket, A[1], 'PXAT', till)
    redis.call('ZADD', index, till, ticket)
    if pools[i] ~= '' then redis.call('ZADD', pools_at .. pools[i], 'XX', till, ticket) end
  end
  furthest = math.max(furthest, till)
  local hold = {A[4], table.concat(tickets, ' '), table.concat(pools, ' '), tostring(epoch),
    tostring(redis.call('HINCRBY', sold, 'fence', 1))}
  local said = {'about', hold[1], 'tickets', hold[2], 'pools', hold[3], 'epoch', hold[4], 'fence', hold[5],
    'asked', A[6], 'count', tostring(#tickets), 'pass', A[10], 'code', A[14]}
  redis.call('HSET', K[2], unpack(said))
  redis.call('PEXPIREAT', K[2], till)
  redis.call('ZADD', K[1], till, A[1])
  ends(K[1], till, is_first)
  if A[10] ~= '' then
    redis.call('ZADD', K[5], till, A[1])
    ends(K[5], till, is_first_of_pass)
  end
  if A[14] ~= '' then
    redis.call('ZADD', K[7], till, A[1] .. ':' .. #tickets)
    ends(K[7], till, is_first_of_code)
  end
  if A[16] ~= '' then give_back(A[16], holds_at .. A[16], K[1], index, tickets_at, pools_at) end
  if A[5] ~= '' then
    redis.call('HSET', K[3], 'body', A[5], 'hold', A[1], unpack(said))
    redis.call('PEXPIRE', K[3], ARGV[4])
  end
  return answer('held', A[1], hold, met)
end
if epoch then redis.call('ZREMRANGEBYSCORE', index, '-inf', now) end
local answers, key, argument = {}, 3, 5
while argument <= #ARGV do
  local keys, arguments = tonumber(ARGV[argument]), tonumber(ARGV[argument + 1])
  local K, A = {unpack(KEYS, key, key + keys - 1)}, {unpack(ARGV, argument + 2, argument + 1 + arguments)}
  answers[#answers + 1] = epoch and place(K, A) or {'rebuild'}
  key, argument = key + keys, argument + 2 + arguments
end
if furthest > 0 then
  redis.call('PEXPIREAT', index, furthest, 'NX')
  redis.call('PEXPIREAT', index, furthest, 'GT')
end
return answers
