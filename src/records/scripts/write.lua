-- Creates, replaces and removes records of one type. All items are checked before the first write.
--
-- KEYS  1 records  2 index  3 unique  4 last  5... links of the relations that the type has
-- ARGV  1 `r` when this repeats a call whose reply was lost, else empty  2 number of items  3 for each relation one
--       letter: which side of it the type is (f, b)  then for each item:
--       op (c create, r replace, d remove), id (6 bytes; empty to create), generation that was read (4 bytes),
--       record, how many of each follow, and these: unique values to release, unique values to take, entries to
--       leave, entries to enter (both without the id)
--       To create, the first unique value to take is the record's own mark (\x01 and its uid).
-- Reply for each item three numbers: code, id, place
--       1 done (also by the call that is repeated), 0 there is none, 2 it was changed since it was read,
--       3 the unique value at `place` among those to take is that of record `id`
--       Of a record that was removed, place is 1 when it has more links than one call removes: see unlink.lua.
local call, sub = redis.call, string.sub
local again, n = ARGV[1] == 'r', tonumber(ARGV[2])
local sides = ARGV[3]
local p = 4
local function list()
  local count, out = tonumber(ARGV[p]), {}
  for i = 1, count do out[i] = ARGV[p + i] end
  p = p + count + 1
  return out
end

local items, seen, taken = {}, {}, {}
for i = 1, n do
  local item = {op = ARGV[p], id = ARGV[p + 1], record = ARGV[p + 3]}
  local generation = ARGV[p + 2]
  p = p + 4
  item.release, item.take, item.leave, item.enter = list(), list(), list(), list()
  items[i] = item
  if item.op == 'c' then
    local existing = again and call('HGET', KEYS[3], item.take[1])
    if existing then item.code, item.id = 1, existing end
  else
    local stored = call('HGET', KEYS[1], item.id)
    if not stored then
      item.code = again and item.op == 'd' and 1 or 0
    elseif again and item.op == 'r' and sub(stored, 2, 5) == sub(item.record, 2, 5) then
      item.code = 1
    elseif seen[item.id] or sub(stored, 2, 5) ~= generation then
      item.code = 2
    end
    seen[item.id] = true
  end
  if not item.code then
    for place, value in ipairs(item.take) do
      local other = taken[value] or call('HGET', KEYS[3], value)
      if other and other ~= item.id and not item.code then item.code, item.other, item.place = 3, other, place end
    end
    if not item.code then
      for _, value in ipairs(item.take) do taken[value] = item.id ~= '' and item.id or '\0\0\0\0\0\0' end
    end
  end
end

local reply = {}
for i, item in ipairs(items) do
  if not item.code then
    if item.op == 'c' then item.id = struct.pack('>I6', call('INCR', KEYS[4])) end
    local id = item.id
    if item.op == 'd' then
      call('HDEL', KEYS[1], id)
      for j = 1, #sides do
        local key, side = KEYS[4 + j], sub(sides, j, j)
        local other = side == 'f' and 'b' or 'f'
        local links = call('ZRANGEBYLEX', key, '[' .. side .. id, '(' .. side .. id .. string.rep('\255', 7), 'LIMIT', 0, 1000)
        for _, link in ipairs(links) do
          call('ZREM', key, link, other .. sub(link, 8) .. id)
        end
        if #links == 1000 then item.place = 1 end
      end
    else
      call('HSET', KEYS[1], id, item.record)
    end
    local values = {}
    for j, value in ipairs(item.take) do values[2 * j - 1], values[2 * j] = value, id end
    if #values > 0 then call('HSET', KEYS[3], unpack(values)) end
    if #item.release > 0 then call('HDEL', KEYS[3], unpack(item.release)) end
    local members = {}
    for j, entry in ipairs(item.leave) do members[j] = entry .. id end
    if #members > 0 then call('ZREM', KEYS[2], unpack(members)) end
    members = {}
    for j, entry in ipairs(item.enter) do members[2 * j - 1], members[2 * j] = 0, entry .. id end
    if #members > 0 then call('ZADD', KEYS[2], unpack(members)) end
  end
  local id = item.other or item.id
  reply[3 * i - 2] = item.code or 1
  reply[3 * i - 1] = #id == 6 and struct.unpack('>I6', id) or 0
  reply[3 * i] = item.place or 0
end
return reply
