-- A node's heartbeat in one shard: a counter, not a time. A node without claims leaves no trace.
--
-- KEYS  1 beats  2 claimed:<incarnation>  3 barred:<incarnation>
-- ARGV  1 incarnation
-- Reply -1 the incarnation is barred, 0 nothing is claimed (no beat), else the counter
if redis.call('EXISTS', KEYS[3]) == 1 then return -1 end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return 0
end
-- Taken out and put back: a full Redis refuses a script whose first write may need memory, and a node must not seem dead
-- because of that.
local counter = tonumber(redis.call('HGET', KEYS[1], ARGV[1]))
if not counter then
  -- A counter begins at the time (0.1 ms): one that was forgotten and begins again must not show a value it had before.
  local time = redis.call('TIME')
  counter = time[1] * 10000 + math.floor(time[2] / 100)
end
counter = counter + 1
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], counter)
return counter
