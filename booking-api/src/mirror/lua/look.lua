-- Tells which Redis this is, and whether the mirror belongs to it.
-- KEYS[1] sold (hash)
-- Returns {run id, epoch or 0}.
return {string.match(redis.call('INFO', 'server'), 'run_id:(%w+)'), epoch_of(KEYS[1]) or 0}
