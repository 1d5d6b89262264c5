-- What the scripts of a draw have beside the line's: two keys, after all of the line's, and the phase.
-- Members of both: place id (16 bytes), visitor (16 bytes); all scores are 0, so that they stand in the order of their ids.
local LOBBY, FROZEN = KEYS[#KEYS - 1], KEYS[#KEYS]
-- l: the lobby takes entries.  r: so it does, but only proved ones: it was lost after it had been closed.
-- f: it is closed and being drawn.  d: the draw is in the line.
local function phase()
  return redis.call('HGET', STATE, 'draw') or 'l'
end
