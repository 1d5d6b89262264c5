-- The shape of the line, once a tick for a node, whatever the number of its sockets; and the renewal of the node's lease.
-- ARGV[1] now   ARGV[2] node (4 bytes)   ARGV[3] lease in ms   ARGV[4] since when moves are told, ms
-- ARGV[5] how many places at the front are told one by one   ARGV[6] the width of a bucket behind, as a part of its rank: 1/ARGV[6]
-- Returns {{now, epoch, tick, returned, restored, called in the last minute, waiting, away,
--   for how many ms of it},
--   {numbers at the front}, {rank, number, rank, number, ...}, {numbers that moved}}. Safe to repeat.
if is_lost() then return lost() end
local now = clock(ARGV[1])
redis.call('ZADD', NODES, now + tonumber(ARGV[3]), ARGV[2])
redis.call('ZREMRANGEBYSCORE', NODES, '-inf', now - 3600000)
redis.call('ZREMRANGEBYSCORE', MOVED, '-inf', now - 60000)
redis.call('ZREMRANGEBYSCORE', PACE, '-inf', now - 60000)
local pace = 0
for _, batch in ipairs(redis.call('ZRANGE', PACE, 0, -1)) do
  pace = pace + tonumber(string.match(batch, ':(%d+)$'))
end
local first = redis.call('ZRANGE', PACE, 0, 0, 'WITHSCORES')[2]
local total, exact, part = redis.call('ZCARD', WAITING), tonumber(ARGV[5]), tonumber(ARGV[6])
local edges, rank = {}, exact
while rank < total do
  edges[#edges + 1] = rank
  edges[#edges + 1] = redis.call('ZRANGE', WAITING, rank, rank)[1]
  rank = rank + math.max(1, math.floor(rank / part))
end
if total > exact then
  edges[#edges + 1] = total - 1
  edges[#edges + 1] = redis.call('ZRANGE', WAITING, -1, -1)[1]
end
local state = redis.call('HMGET', STATE, 'epoch', 'tick', 'returned', 'restored')
local head = { string.format('%.0f', now), state[1], state[2], state[3] or '0', state[4] or '0' }
head[6], head[7], head[8] = tostring(pace), tostring(total), tostring(redis.call('ZCARD', AWAY))
head[9] = string.format('%.0f', first and now - tonumber(first) or 0)
return {
  head, redis.call('ZRANGE', WAITING, 0, exact - 1), edges,
  redis.call('ZRANGE', MOVED, '(' .. ARGV[4], '+inf', 'BYSCORE'),
}
