-- Reads a part of a sorted set whose members end with ids, with the records of these.
--
-- KEYS  1 records  2 the sorted set (all scores are 0)
-- ARGV  1 from (`[` or `(` and a member)  2 to (likewise)  3 how many to leave out first  4 how many at most (<= 1000)
-- Reply member, record (nil when there is none), ...
local members = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', ARGV[3], ARGV[4])
if #members == 0 then return {} end
local ids, reply = {}, {}
for i, member in ipairs(members) do ids[i] = string.sub(member, -6) end
local records = redis.call('HMGET', KEYS[1], unpack(ids))
for i, member in ipairs(members) do
  reply[2 * i - 1] = member
  reply[2 * i] = records[i]
end
return reply
