-- Entries of the closed lobby, in the order of their lanes and ids.
-- ARGV[1] the first, from 0   ARGV[2] how many at most
-- Returns {them, one behind the other; their lanes, a digit each, or '' where all are in main}. Reads only.
if is_lost() then return lost() end
local first, last = ARGV[1], ARGV[1] + ARGV[2] - 1
if redis.call('ZCOUNT', FROZEN, '(0', '+inf') == 0 then
  return { table.concat(redis.call('ZRANGE', FROZEN, first, last)), '' }
end
local found, members, lanes = redis.call('ZRANGE', FROZEN, first, last, 'WITHSCORES'), {}, {}
for i = 1, #found, 2 do
  members[#members + 1], lanes[#lanes + 1] = found[i], found[i + 1]
end
return { table.concat(members), table.concat(lanes) }
