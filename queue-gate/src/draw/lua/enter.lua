-- Enters visitors into the lobby, each once and each account once, or says what they have.
-- ARGV[1] what is asked: 'ask' changes nothing, 'enter' enters, 'prove' enters those who proved an entry
-- ARGV[2] rank of each lane, a digit each
-- ARGV[3..] place id, visitor, lane or '' for no claim to one, account (16 bytes) or '' where the room asks for none; repeated
-- A lane before that of an entry in the room's order becomes its lane.
-- Returns {phase, entries, by lane how many entries of the closed lobby are not in the line yet, tick, one letter for each
-- visitor, the lane of each, the place id of each whose entry another device of their account made, else ''}:
-- n entered, o entered before, - no entry, d in the draw, l theirs is a place in the line or none at all,
-- x the line was lost after the draw: whether they were in it stands in PostgreSQL. Safe to repeat.
if is_lost() then return lost() end
local at, asked, ranks = phase(), ARGV[1], ARGV[2]
local whole = redis.call('EXISTS', FROZEN) == 1
local letters, lanes, places = {}, {}, {}
for i = 3, #ARGV, 4 do
  local visitor, lane, account = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local member, letter, own, of = ARGV[i] .. visitor, 'l', nil, nil
  if at == 'l' or at == 'r' then
    own, of = entry_of(LOBBY, member)
    if own then
      letter = 'o'
    elseif asked == 'prove' or (asked == 'enter' and at == 'l') then
      own = account ~= '' and entry_of_account(LOBBY, account)
      letter = own and 'o' or 'n'
      if not own then redis.call('ZADD', LOBBY, lane == '' and '0' or lane, member) end
    elseif at == 'r' then
      letter = redis.call('HEXISTS', BY_VISITOR, visitor) == 1 and 'l' or 'd'
    else
      letter = '-'
    end
    if asked ~= 'ask' and (letter == 'o' or letter == 'n') then
      if account ~= '' then
        share(LOBBY, member, account, ranks)
        own, of = entry_of(LOBBY, member)
      elseif letter == 'n' then
        own, of = member, lane == '' and '0' or lane
      end
      if lane ~= '' and outranks(ranks, lane, of) then
        redis.call('ZADD', LOBBY, lane, own)
        of = lane
      end
    end
  elseif at == 'f' then
    own, of = entry_of(FROZEN, member)
    if not own and account ~= '' then
      own, of = entry_of_account(FROZEN, account)
      if own and asked ~= 'ask' then share(FROZEN, member, account, ranks) end
    end
    -- Where the closed lobby was lost nobody is told apart until it is in the line.
    if own or not whole then letter = 'd' end
  elseif redis.call('HGET', STATE, 'relist') and redis.call('HEXISTS', BY_VISITOR, visitor) == 0 then
    letter = 'x'
  end
  local n = #letters + 1
  letters[n], lanes[n] = letter, of or '0'
  places[n] = own and own ~= member and string.sub(own, 1, 16) or ''
end
local left = {}
if at == 'f' then
  for lane = 0, 7 do
    local all = redis.call('ZCOUNT', FROZEN, lane, lane)
    left[lane + 1] = all - tonumber(redis.call('HGET', STATE, 'drawn' .. lane) or '0')
  end
end
local entries = redis.call('ZCARD', LOBBY) + redis.call('ZCARD', FROZEN)
local tick = tonumber(redis.call('HGET', STATE, 'tick') or '0')
return { at, entries, left, tick, table.concat(letters), table.concat(lanes), places }
