-- {places in line, places parked}. Reads only.
return { redis.call('ZCARD', WAITING), redis.call('ZCARD', AWAY) }
