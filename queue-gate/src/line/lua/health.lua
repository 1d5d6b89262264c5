-- {run id of this Redis, run id that the line belongs to or '', epoch of the line or 0}. Reads only.
local state = redis.call('HMGET', STATE, 'run', 'epoch')
return { run_id(), state[1] or '', state[2] or '0' }
