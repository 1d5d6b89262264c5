-- A visitor joins friends at their place, and gives their own up for it, or theirs for the visitor's.
-- ARGV[1] now   ARGV[2] visitor   ARGV[3] the place that is given up, or ''   ARGV[4] the place that stays   ARGV[5] its lane
-- Returns 1; 0 where one of the places was called, and so nothing was done. Safe to repeat: what was merged stays merged.
if is_lost() then return lost() end
local now = clock(ARGV[1])
local loser, given = ARGV[3], nil
if loser ~= '' then given = read(loser) end
local number, place = follow(ARGV[4])
local is_done = given and given.state == 'm' or loser == '' and redis.call('HGET', BY_VISITOR, ARGV[2]) == number
if not is_done then
  if place and not is_in_line(place) or given and not is_in_line(given) then return 0 end
  if loser ~= '' and loser ~= number then
    -- A place that the line has lost is given up all the same.
    given = given or new_place(ARGV[2], ARGV[5])
    give_up(loser, given, number, place or { lane = ARGV[5] }, now)
  end
end
redis.call('HSET', BY_VISITOR, ARGV[2], number)
return 1
