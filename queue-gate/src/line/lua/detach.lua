-- Notes that a node has the live socket of these places no longer. Their time away begins now.
-- ARGV[1] now   ARGV[2] node (4 bytes)   ARGV[3..] numbers   Returns 0. Safe to repeat; another node's socket is left alone.
if is_lost() then return lost() end
local seen = sign(clock(ARGV[1]))
for i = 3, #ARGV do
  local place = read(ARGV[i])
  if place and place.node == ARGV[2] then
    place.node = NO_NODE
    if place.state == 'w' then place.seen = seen end
    write(ARGV[i], place)
  end
end
return 0
