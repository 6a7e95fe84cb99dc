-- Takes links of a record away, whatever is on their other side.
--
-- KEYS  1 links
-- ARGV  1 which side of them the record is (f, b)  2 its id (6 bytes)  3 how many at most (<= 1000)
-- Reply how many were taken away
local side, id = ARGV[1], ARGV[2]
local other = side == 'f' and 'b' or 'f'
local links = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. side .. id, '(' .. side .. id .. string.rep('\255', 7), 'LIMIT', 0, ARGV[3])
for _, link in ipairs(links) do
  redis.call('ZREM', KEYS[1], link, other .. string.sub(link, 8) .. id)
end
return #links
