-- Publishes what can be had, if nobody else has since the asker read.
-- KEYS[1] what is published (hash)   KEYS[2] changes, the newest first (list)
-- ARGV[1] version that the asker read, '' for none   ARGV[2] version from now on   ARGV[3] when it was looked at
-- ARGV[4] bits   ARGV[5] the change: from, to and the bits that flipped, as text; '' for none
-- ARGV[6] how many changes are kept   ARGV[7] milliseconds that everything is kept
-- Returns 1, or 0 when somebody else has published.
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'looked_at', ARGV[3])
if ARGV[1] ~= ARGV[2] then
  redis.call('HSET', KEYS[1], 'bits', ARGV[4])
  if ARGV[5] == '' then
    redis.call('DEL', KEYS[2])
  else
    redis.call('LPUSH', KEYS[2], ARGV[5])
    redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[6]) - 1)
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
return 1
