-- {epoch of the line or '0', numbers given in it or '0'}. Reads only.
local state = redis.call('HMGET', STATE, 'epoch', 'n')
return { state[1] or '0', state[2] or '0' }
