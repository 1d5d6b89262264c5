-- Stamps the mirror: from now on it counts.
-- KEYS[1] sold (hash)   ARGV[1] epoch   ARGV[2] run id in which it was begun
-- Returns 1, or 0 when somebody else began after us or Redis is not the same any more.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if run ~= ARGV[2] or redis.call('HGET', KEYS[1], 'building') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'building')
redis.call('HSET', KEYS[1], 'stamp', ARGV[1] .. ':' .. run)
return 1
