-- Keeps a new user, unless the name is taken.
--
-- KEYS  1 users
-- ARGV  1 name  2 record  3 how many users there may be
-- Reply 1 created, also when the very same record was created by a call whose reply was lost; 0 there is a
--       user of that name; 2 there are too many.
local existing = redis.call('HGET', KEYS[1], ARGV[1])
if existing then return existing == ARGV[2] and 1 or 0 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 2 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
