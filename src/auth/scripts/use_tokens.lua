-- Notes when tokens were used last. What is not a token (any more) is left out; the latest time stays.
--
-- KEYS  1 tokens  2 used
-- ARGV  for each token: field, time (ms)
-- Reply 1
for i = 1, #ARGV, 2 do
  local at = redis.call('HGET', KEYS[2], ARGV[i])
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 and (not at or tonumber(at) < tonumber(ARGV[i + 1])) then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
return 1
