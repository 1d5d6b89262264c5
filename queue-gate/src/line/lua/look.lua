-- Where places stand, without a sign of life.
-- ARGV numbers   Returns for each its standing, or {} where there is no such place. Reads only.
local answers = {}
for i = 1, #ARGV do
  local place = read(ARGV[i])
  answers[i] = place and standing(ARGV[i], place) or {}
end
return answers
