-- Forgets a user.
--
-- KEYS  1 users
-- ARGV  1 name
-- Reply 1, or 0 when there is no such user.
return redis.call('HDEL', KEYS[1], ARGV[1])
