-- {phase, entries of the lobby or of the closed one, how many are in the line, epoch, tick}. Reads only.
if is_lost() then return lost() end
local state = redis.call('HMGET', STATE, 'drawn', 'epoch', 'tick')
local entries = redis.call('ZCARD', LOBBY) + redis.call('ZCARD', FROZEN)
return { phase(), tostring(entries), state[1] or '0', state[2], state[3] or '0' }
