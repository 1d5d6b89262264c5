-- Notes that a node has the live socket of visitors; that is a sign of life, and lasts as long as the node's lease.
-- ARGV[1] now   ARGV[2] node (4 bytes)   ARGV[3] end of the node's lease, ms from now   ARGV[4..] visitors
-- Returns for each their standing, or {} where they have no place. Safe to repeat.
if is_lost() then return lost() end
local now, answers = clock(ARGV[1]), {}
redis.call('ZADD', NODES, now + tonumber(ARGV[3]), ARGV[2])
for i = 4, #ARGV do
  local number, place = place_of(ARGV[i])
  if number then
    place.node = ARGV[2]
    write(number, place)
    sign_of_life(number, place, now)
    answers[#answers + 1] = standing(number, place)
  else
    answers[#answers + 1] = {}
  end
end
return answers
