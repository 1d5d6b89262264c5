-- Takes an entry out of the lobby, also where another device of the same account made it.
-- ARGV[1] place id   ARGV[2] visitor
-- Returns 'gone'; 'drawing' where the lobby is closed and its entries cannot be taken out until they are in the line;
-- 'line' where theirs is a place in the line, if any. Safe to repeat.
if is_lost() then return lost() end
local member, at = ARGV[1] .. ARGV[2], phase()
if at == 'l' or at == 'r' then
  local own = entry_of(LOBBY, member)
  if own then
    redis.call('ZREM', LOBBY, own)
    -- Who shared it has nothing then: what names it leads nowhere.
    local account = redis.call('HGET', ENTRANTS, 'v' .. ARGV[2])
    if account then redis.call('HDEL', ENTRANTS, 'a' .. account) end
  end
  return redis.call('HEXISTS', BY_VISITOR, ARGV[2]) == 1 and 'line' or 'gone'
end
if at == 'f' and entry_of(FROZEN, member) then return 'drawing' end
return 'line'
