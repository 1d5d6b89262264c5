-- Puts visitors at the end of the line, each once.
-- ARGV[1] now   ARGV[2..] visitors
-- Returns for each {number, 1 if they had a place already else 0, places ahead}. Safe to repeat: joining again finds the place.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local epoch = tonumber(redis.call('HGET', STATE, 'epoch'))
local answers = {}
for i = 2, #ARGV do
  local visitor = ARGV[i]
  local number, again = redis.call('HGET', BY_VISITOR, visitor), 1
  if number then
    sign_of_life(number, read(number), now)
  else
    local n = redis.call('HINCRBY', STATE, 'n', 1)
    number, again = string.format('%.0f', epoch * 4294967296 + n), 0
    redis.call('HSET', BY_VISITOR, visitor, number)
    write(number, { visitor = visitor, node = NO_NODE, state = 'w', missed = '0' })
    redis.call('ZADD', WAITING, number, number)
    redis.call('ZADD', SEEN, now, number)
  end
  answers[#answers + 1] = { number, again, redis.call('ZCOUNT', WAITING, '-inf', '(' .. number) }
end
return answers
