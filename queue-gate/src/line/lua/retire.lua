-- Lets the line of a closed room fade: every key lives for ARGV[1] seconds more. Returns 0. Safe to repeat.
for i = 1, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[1], 'NX') end
return 0
