-- Forgets finished messages.
--
-- KEYS  1 history  2 finished set (delivered, failed or unknown)  3 counts
-- ARGV  1 number of items, then for each: key, finish time that was read (ms), field of counts
-- Reply how many were forgotten. One that finished anew since it was read is left.
local n, done = tonumber(ARGV[1]), 0
for i = 1, n do
  local key, at, field = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
  local score = redis.call('ZSCORE', KEYS[2], key)
  if score and tonumber(score) == tonumber(at) then
    redis.call('ZREM', KEYS[2], key)
    redis.call('HDEL', KEYS[1], key)
    redis.call('HINCRBY', KEYS[3], field, -1)
    done = done + 1
  end
end
return done
