-- Closes a gate until it is opened again, or gives one that is there another time.
--
-- KEYS  1 gates  2 gate times
-- ARGV  1 gate  2 `+inf` (closes it), or the time at which it is looked at next (ms; 0: it is open)  3 now (ms)
-- Reply 1 done, 0 there is no such gate (nothing is held there, so it is open)
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if ARGV[2] == '+inf' then
  if at ~= 'inf' then
    redis.call('ZADD', KEYS[1], '+inf', ARGV[1])
    redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
  end
  return 1
end
if not at then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return 1
