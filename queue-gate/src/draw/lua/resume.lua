-- Says to a Redis that lost the line where its draw is. Called before an epoch begins; in a line that is whole it changes
-- nothing.
-- ARGV[1] run id that the caller saw   ARGV[2] phase: r, f or d
-- Returns 1; 0 when this is another Redis by now. Safe to repeat.
if run_id() ~= ARGV[1] then return 0 end
if not is_lost() then return 1 end
if ARGV[2] == 'r' and redis.call('EXISTS', FROZEN) == 1 then redis.call('RENAME', FROZEN, LOBBY) end
if ARGV[2] == 'd' then redis.call('HSET', STATE, 'relist', 1) end
redis.call('HSET', STATE, 'draw', ARGV[2])
return 1
