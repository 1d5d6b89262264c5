-- Changes what is said of a hold, while it lasts.
-- KEYS[1] the hold (hash)
-- ARGV[1] all that is said of it from now on (text)
-- Returns 1, or 0 when the hold is gone. (The hash keeps its end.)
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'about', ARGV[1])
return 1
