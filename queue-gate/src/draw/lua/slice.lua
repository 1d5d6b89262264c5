-- Entries of the closed lobby, in the order of their ids, one behind the other.
-- ARGV[1] the first, from 0   ARGV[2] how many at most   Reads only.
if is_lost() then return lost() end
return table.concat(redis.call('ZRANGE', FROZEN, ARGV[1], ARGV[1] + ARGV[2] - 1))
