-- Reads what was published last of what can be had, and tells whether the asker is the one copy that publishes now.
-- KEYS[1] what was published (hash)   KEYS[2] who publishes (string)   KEYS[3] changes, the newest first (list)
-- ARGV[1] the asker   ARGV[2] milliseconds that publishing is theirs if it is nobody's   ARGV[3] version that they know
-- Returns {1 if the asker publishes, else 0; now in milliseconds; version or ''; when it was looked at; bits; changes...};
-- bits and changes are left out when the version is known.
local leader = redis.call('GET', KEYS[2])
local leads = not leader or leader == ARGV[1]
if leads then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) end
local state = redis.call('HMGET', KEYS[1], 'version', 'looked_at', 'bits')
local answer = {leads and '1' or '0', tostring(now_ms()), state[1] or '', state[2] or '0'}
if state[1] and state[1] ~= ARGV[3] then
  answer[5] = state[3]
  for _, change in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do answer[#answer + 1] = change end
end
return answer
