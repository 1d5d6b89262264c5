-- What the scripts of a draw have beside the line's: three keys, after all of the line's, and the phase.
-- Members of lobby and closed lobby: place id (16 bytes), visitor (16 bytes). The score is the lane that the entry is to come
-- into, so that they stand in the order of their lanes and in each of their ids.
-- Where a room asks for accounts, ENTRANTS says of 'v' and a visitor with which account they came, and of 'a' and an account
-- which entry it has (the member), with the visitors of its other devices behind it (16 bytes each).
local LOBBY, FROZEN, ENTRANTS = KEYS[#KEYS - 2], KEYS[#KEYS - 1], KEYS[#KEYS]
-- l: the lobby takes entries.  r: so it does, but only proved ones: it was lost after it had been closed.
-- f: it is closed and being drawn.  d: the draw is in the line.
local function phase()
  return redis.call('HGET', STATE, 'draw') or 'l'
end

-- The entry of an account in a lobby: its member and its lane, and all that ENTRANTS says of it.
local function entry_of_account(lobby, account)
  local known = redis.call('HGET', ENTRANTS, 'a' .. account)
  if not known then return nil end
  local member = string.sub(known, 1, 32)
  local lane = redis.call('ZSCORE', lobby, member)
  if not lane then return nil end
  return member, lane, known
end

-- The entry of a visitor, whose own would be `member`: its member and its lane. It may be that of their account, which
-- another device of theirs entered.
local function entry_of(lobby, member)
  local lane = redis.call('ZSCORE', lobby, member)
  if lane then return member, lane end
  local account = redis.call('HGET', ENTRANTS, 'v' .. string.sub(member, 17))
  if not account then return nil end
  return entry_of_account(lobby, account)
end

-- Notes that a visitor came with an account. Of several entries of one account the first stays, in the better of their lanes.
local function share(lobby, member, account, ranks)
  local visitor = string.sub(member, 17)
  local theirs, lane, known = entry_of_account(lobby, account)
  if theirs == member then return end
  if not theirs then
    redis.call('HSET', ENTRANTS, 'v' .. visitor, account, 'a' .. account, member)
    return
  end
  local own = redis.call('ZSCORE', lobby, member)
  if own then
    redis.call('ZREM', lobby, member)
    if outranks(ranks, own, lane) then redis.call('ZADD', lobby, own, theirs) end
  end
  redis.call('HSET', ENTRANTS, 'v' .. visitor, account)
  -- Seven other devices are told of the place by themselves; more find it when they sign in.
  if #known < 32 + 7 * 16 and not string.find(known, visitor, 33, true) then
    redis.call('HSET', ENTRANTS, 'a' .. account, known .. visitor)
  end
end
