-- Where a visitor stands; asking is a sign of life.
-- ARGV[1] now   ARGV[2] visitor   Returns the standing, or {} where they have no place. Safe to repeat.
if is_lost() then return lost() end
local number, place = place_of(ARGV[2])
if not number then return {} end
sign_of_life(number, place, clock(ARGV[1]))
return standing(number, place, {})
