-- Reads a stretch of what is pending in one shard, at one instant: waiting, held and claimed.
--
-- KEYS  1 due, then claimed:<incarnation> of every node that beats, then held:<gate> of every gate
-- ARGV  1 number of claim sets  2 lowest due (ms or -inf)  3 highest due (ms, or `(ms`, or +inf)  4 offset  5 most entries a set
-- Reply {sets' entries: [key, due, …] of due, of each held set}, {entries of the claim sets: [key, `due claim`, …]}
local claims = tonumber(ARGV[1])
local sorted, claimed = {}, {}
for i = 1, #KEYS do
  if i > 1 and i <= claims + 1 then
    claimed[#claimed + 1] = redis.call('HGETALL', KEYS[i])
  else
    sorted[#sorted + 1] = redis.call('ZRANGEBYSCORE', KEYS[i], ARGV[2], ARGV[3], 'WITHSCORES', 'LIMIT', ARGV[4], ARGV[5])
  end
end
return {sorted, claimed}
