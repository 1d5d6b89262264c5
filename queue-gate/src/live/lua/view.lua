-- The shape of the line, once a tick for a node, whatever the number of its sockets; and the renewal of the node's lease.
-- ARGV[1] now   ARGV[2] node (4 bytes)   ARGV[3] lease in ms   ARGV[4] since when moves are told, ms
-- ARGV[5] how many places at the front of a lane are told one by one   ARGV[6] the width of a bucket behind, as a part of
-- its rank: 1/ARGV[6]
-- Returns {{now, epoch, tick, returned, restored, away, for how many ms of the last minute calls are counted},
--   {numbers that moved}, then for each lane in which somebody waits or was called
--   {lane, called in that time, waiting}, {numbers at the front}, {rank, number, rank, number, ...}}. Safe to repeat.
if is_lost() then return lost() end
local now = clock(ARGV[1])
redis.call('ZADD', NODES, now + tonumber(ARGV[3]), ARGV[2])
redis.call('ZREMRANGEBYSCORE', NODES, '-inf', now - 3600000)
redis.call('ZREMRANGEBYSCORE', MOVED, '-inf', now - 60000)
redis.call('ZREMRANGEBYSCORE', PACE, '-inf', now - 60000)
local calls = {}
for _, batch in ipairs(redis.call('ZRANGE', PACE, 0, -1)) do
  local lane = 0
  for count in string.gmatch(string.match(batch, ':(.*)$'), '%d+') do
    calls[lane] = (calls[lane] or 0) + tonumber(count)
    lane = lane + 1
  end
end
local first = redis.call('ZRANGE', PACE, 0, 0, 'WITHSCORES')[2]
local exact, part = tonumber(ARGV[5]), tonumber(ARGV[6])
local state = redis.call('HMGET', STATE, 'epoch', 'tick', 'returned', 'restored')
local head = { string.format('%.0f', now), state[1], state[2], state[3] or '0', state[4] or '0' }
head[6] = tostring(redis.call('ZCARD', AWAY))
head[7] = string.format('%.0f', first and now - tonumber(first) or 0)
local answer = { head, redis.call('ZRANGE', MOVED, '(' .. ARGV[4], '+inf', 'BYSCORE') }
for lane = 0, 7 do
  local line = LANES[tostring(lane)]
  local total = redis.call('ZCARD', line)
  if total > 0 or (calls[lane] or 0) > 0 then
    local edges, rank = {}, exact
    while rank < total do
      edges[#edges + 1] = rank
      edges[#edges + 1] = redis.call('ZRANGE', line, rank, rank)[1]
      rank = rank + math.max(1, math.floor(rank / part))
    end
    if total > exact then
      edges[#edges + 1] = total - 1
      edges[#edges + 1] = redis.call('ZRANGE', line, -1, -1)[1]
    end
    answer[#answer + 1] = { lane, calls[lane] or 0, total }
    answer[#answer + 1] = redis.call('ZRANGE', line, 0, exact - 1)
    answer[#answer + 1] = edges
  end
end
return answer
