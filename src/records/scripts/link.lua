-- Links records of one type with one of another, or takes such links away.
--
-- KEYS  1 records of the one  2 records of the others  3 links
-- ARGV  1 `+` or `-`  2 the id of the one (6 bytes, side f)  3... the ids of the others (at most 1000)
-- Reply {0} there is no such record; else 1, how many links there were not (`+`) or were (`-`) before, and with `+` the
--       places (from 1) of others that there are not: then nothing was linked
local call = redis.call
local one = ARGV[2]
if call('HEXISTS', KEYS[1], one) == 0 then return {0} end
if ARGV[1] == '+' then
  local missing = {}
  for i = 3, #ARGV do
    if call('HEXISTS', KEYS[2], ARGV[i]) == 0 then missing[#missing + 1] = i - 2 end
  end
  if #missing > 0 then return {1, 0, unpack(missing)} end
end
local changed = 0
for i = 3, #ARGV do
  local forth, back = 'f' .. one .. ARGV[i], 'b' .. ARGV[i] .. one
  if ARGV[1] == '+' then
    changed = changed + call('ZADD', KEYS[3], 0, forth)
    call('ZADD', KEYS[3], 0, back)
  else
    changed = changed + call('ZREM', KEYS[3], forth)
    call('ZREM', KEYS[3], back)
  end
end
return {1, changed}
