-- Takes an entry out of the lobby.
-- ARGV[1] place id   ARGV[2] visitor
-- Returns 'gone'; 'drawing' where the lobby is closed and its entries cannot be taken out until they are in the line;
-- 'line' where theirs is a place in the line, if any. Safe to repeat.
if is_lost() then return lost() end
local member, at = ARGV[1] .. ARGV[2], phase()
if at == 'l' or at == 'r' then
  redis.call('ZREM', LOBBY, member)
  return redis.call('HEXISTS', BY_VISITOR, ARGV[2]) == 1 and 'line' or 'gone'
end
if at == 'f' and redis.call('ZSCORE', FROZEN, member) then return 'drawing' end
return 'line'
