-- Forgets a token.
--
-- KEYS  1 tokens  2 names  3 used  4 version
-- ARGV  1 the token's field  2 the name's field  3 id
-- Reply 1, or 0 when there is no such token.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[2], ARGV[2]) == ARGV[3] then redis.call('HDEL', KEYS[2], ARGV[2]) end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('INCR', KEYS[4])
return 1
