-- Enters visitors into the lobby, each once, or says what they have.
-- ARGV[1] what is asked: 'ask' changes nothing, 'enter' enters, 'prove' enters those who proved an entry
-- ARGV[2..] place id, visitor; repeated
-- Returns {phase, entries, entries of the closed lobby that are not in the line yet, tick, one letter for each visitor}:
-- n entered, o entered before, - no entry, d in the draw, l theirs is a place in the line or none at all,
-- x the line was lost after the draw: whether they were in it stands in PostgreSQL. Safe to repeat.
if is_lost() then return lost() end
local at, asked, letters = phase(), ARGV[1], {}
local entries = redis.call('ZCARD', LOBBY) + redis.call('ZCARD', FROZEN)
local whole = redis.call('EXISTS', FROZEN) == 1
for i = 2, #ARGV, 2 do
  local member, letter = ARGV[i] .. ARGV[i + 1], 'l'
  if at == 'l' or at == 'r' then
    local known = redis.call('ZSCORE', LOBBY, member)
    if known then
      letter = 'o'
    elseif asked == 'prove' or (asked == 'enter' and at == 'l') then
      redis.call('ZADD', LOBBY, 0, member)
      entries, letter = entries + 1, 'n'
    elseif at == 'r' then
      letter = redis.call('HEXISTS', BY_VISITOR, ARGV[i + 1]) == 1 and 'l' or 'd'
    else
      letter = '-'
    end
  elseif at == 'f' then
    -- Where the closed lobby was lost nobody is told apart until it is in the line.
    if not whole or redis.call('ZSCORE', FROZEN, member) then letter = 'd' end
  elseif redis.call('HGET', STATE, 'relist') and redis.call('HEXISTS', BY_VISITOR, ARGV[i + 1]) == 0 then
    letter = 'x'
  end
  letters[#letters + 1] = letter
end
local state = redis.call('HMGET', STATE, 'drawn', 'tick')
local left = at == 'f' and entries - tonumber(state[1] or '0') or 0
return { at, entries, left, tonumber(state[2] or '0'), table.concat(letters) }
