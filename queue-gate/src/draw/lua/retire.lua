-- Lets the lobby of a closed room fade. ARGV[1] for how many seconds it lives on   Returns 0. Safe to repeat.
redis.call('EXPIRE', LOBBY, ARGV[1], 'NX')
redis.call('EXPIRE', FROZEN, ARGV[1], 'NX')
redis.call('EXPIRE', ENTRANTS, ARGV[1], 'NX')
return 0
