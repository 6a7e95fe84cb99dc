-- Reads records by id, by a unique value or by an entry of the index.
--
-- KEYS  1 records  2 unique  3 index
-- ARGV  for each question three: kind, what, more
--       kind: i an id (6 bytes), u a field of `unique`, e entries of the index from `what` to before `more`
-- Reply for each question: a list of id, record, ...: at most one, of entries at most two
local reply = {}
for i = 1, #ARGV, 3 do
  local kind, what = ARGV[i], ARGV[i + 1]
  local ids, found = {}, {}
  if kind == 'i' then
    ids = {what}
  elseif kind == 'u' then
    ids = {redis.call('HGET', KEYS[2], what) or nil}
  else
    for _, entry in ipairs(redis.call('ZRANGEBYLEX', KEYS[3], '[' .. what, '(' .. ARGV[i + 2], 'LIMIT', 0, 2)) do
      ids[#ids + 1] = string.sub(entry, -6)
    end
  end
  for _, id in ipairs(ids) do
    local record = redis.call('HGET', KEYS[1], id)
    if record then
      found[#found + 1] = id
      found[#found + 1] = record
    end
  end
  reply[#reply + 1] = found
end
return reply
