-- Where places stand, without a sign of life.
-- ARGV numbers   Returns for each its standing, or that of the place for which it was given up, or {} where there is no
-- such place. Reads only.
local answers, seen = {}, {}
for i = 1, #ARGV do
  local number, place = follow(ARGV[i])
  answers[i] = place and standing(number, place, seen) or {}
end
return answers
