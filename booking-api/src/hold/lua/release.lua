-- Gives the tickets of a hold back. Tickets that another hold has by now are left alone.
-- KEYS[1] index (zset)   KEYS[2] the account's holds (zset)   KEYS[3] the hold (hash)
-- ARGV[1] hold   ARGV[2] prefix of ticket keys   ARGV[3] prefix of pool keys
-- Returns 1, or 0 when the hold was gone already.
return give_back(ARGV[1], KEYS[3], KEYS[2], KEYS[1], ARGV[2], ARGV[3])
