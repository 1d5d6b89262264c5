-- Writes which places were given up for which, as PostgreSQL knows it, into a line that may have lost it.
-- ARGV[1] run id that the caller saw   ARGV[2..] place given up, place that stayed, its lane; repeated
-- Returns 1; 0 when this is another Redis by now. Safe to repeat; a place that was called is left as it is.
if run_id() ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 3 do
  local number = ARGV[i]
  local place = read(number) or new_place(NO_VISITOR, ARGV[i + 2])
  if is_in_line(place) then give_up(number, place, ARGV[i + 1], { lane = ARGV[i + 2] }, clock('')) end
end
return 1
