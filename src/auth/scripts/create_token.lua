-- Keeps a new token under the next id of its account, unless its name is taken.
--
-- KEYS  1 tokens  2 names  3 ids  4 version
-- ARGV  1 account  2 the name's field  3 record  4 how many tokens there may be in all
-- Reply {1, id} created, also when the very same record was created by a call whose reply was lost;
--       {0, id} the name is that of token id; {2, 0} there are too many.
local existing = redis.call('HGET', KEYS[2], ARGV[2])
if existing then
  local same = redis.call('HGET', KEYS[1], ARGV[1] .. ':' .. existing) == ARGV[3]
  return {same and 1 or 0, tonumber(existing)}
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return {2, 0} end
local id = redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
redis.call('HSET', KEYS[1], ARGV[1] .. ':' .. id, ARGV[3])
redis.call('HSET', KEYS[2], ARGV[2], id)
redis.call('INCR', KEYS[4])
return {1, id}
