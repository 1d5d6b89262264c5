-- Puts the next places of a draw into the line.
-- ARGV[1] now   ARGV[2] how many were put there before   ARGV[3] the epoch of their numbers
-- ARGV[4] visitors (16 bytes each), in the order that was drawn   ARGV[5] their lanes, a digit each; '' where all are in main
-- A number is epoch · 2³² + rank, the first rank is 1. Returns how many are in the line now: a call that is not the next
-- one changes nothing. Safe to repeat, and for several nodes at once.
if is_lost() then return lost() end
local done = tonumber(redis.call('HGET', STATE, 'drawn') or '0')
if phase() ~= 'f' or done ~= tonumber(ARGV[2]) then return done end
local now, base, visitors = clock(ARGV[1]), tonumber(ARGV[3]) * 4294967296 + done, {}
for i = 1, #ARGV[4] / 16 do visitors[i] = string.sub(ARGV[4], i * 16 - 15, i * 16) end
if #visitors == 0 then return done end
local held = redis.call('HMGET', BY_VISITOR, unpack(visitors))
-- Everybody counts as seen when they are drawn.
local fresh, seen = NO_NODE .. 'w0', sign(now)
local records, lines, owners, accounts = {}, {}, {}, {}
if redis.call('EXISTS', ENTRANTS) == 1 then
  for i, visitor in ipairs(visitors) do accounts[i] = 'v' .. visitor end
  accounts = redis.call('HMGET', ENTRANTS, unpack(accounts))
end
for i, visitor in ipairs(visitors) do
  local number = string.format('%.0f', base + i)
  if held[i] and held[i] ~= number then
    -- They joined anew when the lobby was lost; the lower of one's own numbers stays.
    take_out(held[i], read(held[i]))
    redis.call('HDEL', PLACE, held[i])
    redis.call('ZADD', MOVED, now, held[i])
  end
  local lane = ARGV[5] == '' and '0' or string.sub(ARGV[5], i, i)
  records[2 * i - 1], records[2 * i] = number, visitor .. fresh .. lane .. seen
  if not lines[lane] then lines[lane] = {} end
  local line = lines[lane]
  line[#line + 1], line[#line + 2] = number, number
  owners[#owners + 1], owners[#owners + 2] = visitor, number
  local entry = accounts[i] and redis.call('HGET', ENTRANTS, 'a' .. accounts[i])
  if entry and string.sub(entry, 17, 32) == visitor then
    -- The place is the account's, and that of its other devices; one of them that came late finds it when it joins.
    owners[#owners + 1], owners[#owners + 2] = 'a' .. accounts[i], number
    for from = 33, #entry, 16 do redis.call('HSETNX', BY_VISITOR, string.sub(entry, from, from + 15), number) end
  end
end
redis.call('HSET', PLACE, unpack(records))
redis.call('HSET', BY_VISITOR, unpack(owners))
for lane, line in pairs(lines) do
  redis.call('ZADD', LANES[lane], unpack(line))
  redis.call('HINCRBY', STATE, 'drawn' .. lane, #line / 2)
end
done = done + #visitors
redis.call('HSET', STATE, 'drawn', string.format('%.0f', done))
return done
