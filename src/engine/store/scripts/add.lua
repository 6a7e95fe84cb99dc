-- Adds messages; one that is due within the caller's window is claimed for the caller at once.
--
-- KEYS  1 messages  2 history  3 due  4 counts  5 claimed:<incarnation>  6 beats  7 claims  8 barred:<incarnation>
--       9 delivered  10 failed  11 unknown  12... indexes
-- ARGV  1 incarnation  2 now (ms)  3 number of items, then for each item:
--       key, due (ms), record, flags, nonce, pending field, account, number of indexes, their places in KEYS
--       flags: c claim at once, r this is a repetition after a lost reply, f forget a finished one of the same key
--       nonce: the 12 bytes at 8-19 of a record under a client's own id; `*`: any record of that key is ours; else empty
-- Reply for each item: 0 exists, 1 created, or {2, claim number} created and claimed. Before them, 1 when the caller is barred.
--
-- All items are checked before the first write.
local incarnation, now, n = ARGV[1], ARGV[2], tonumber(ARGV[3])
local barred = redis.call('EXISTS', KEYS[8]) == 1
local items, seen, wanted = {}, {}, 0
local p = 4
for i = 1, n do
  local item = {key = ARGV[p], due = ARGV[p + 1], record = ARGV[p + 2], flags = ARGV[p + 3], nonce = ARGV[p + 4],
                field = ARGV[p + 5], account = ARGV[p + 6], indexes = {}}
  local count = tonumber(ARGV[p + 7])
  for j = 1, count do item.indexes[j] = KEYS[tonumber(ARGV[p + 7 + j])] end
  p = p + 8 + count
  local existing = false
  if seen[item.key] then
    item.code = 0
  elseif string.find(item.flags, 'r', 1, true) then
    existing = redis.call('HGET', KEYS[1], item.key) or redis.call('HGET', KEYS[2], item.key)
    if existing and (item.nonce == '*' or string.sub(existing, 2, 5) == string.sub(item.record, 2, 5)
                     or (#item.nonce == 12 and string.sub(existing, 8, 19) == item.nonce)) then
      item.code = 1
      item.done = true
    elseif redis.call('HEXISTS', KEYS[1], item.key) == 1 then
      item.code = 0
    end
  elseif redis.call('HEXISTS', KEYS[1], item.key) == 1 then
    item.code = 0
  end
  if not item.code then
    seen[item.key] = true
    item.claim = not barred and string.find(item.flags, 'c', 1, true) ~= nil
    if item.claim then wanted = wanted + 1 end
  end
  items[i] = item
end

local number = 0
if wanted > 0 then
  number = redis.call('INCRBY', KEYS[7], wanted) - wanted
  if number == 0 then
    -- A Redis that is new or was emptied: numbers of its former life must not come again, so it starts at the time (0.1 ms).
    local time = redis.call('TIME')
    number = redis.call('INCRBY', KEYS[7], time[1] * 10000 + math.floor(time[2] / 100)) - wanted
  end
  if redis.call('HINCRBY', KEYS[6], incarnation, 1) == 1 then
    local time = redis.call('TIME')  -- see beat.lua
    redis.call('HINCRBY', KEYS[6], incarnation, time[1] * 10000 + math.floor(time[2] / 100))
  end
end
local reply = {barred and 1 or 0}
local records, due, held = {}, {}, {}
for i = 1, n do
  local item = items[i]
  if item.code then
    reply[i + 1] = item.code
  else
    -- Before anything that a full Redis would allow: after such a write it would take the rest of the script too.
    if item.field ~= '' then redis.call('HINCRBY', KEYS[4], item.field, 1) end
    if string.find(item.flags, 'f', 1, true) and redis.call('HDEL', KEYS[2], item.key) == 1 then
      for place, status in ipairs({'delivered', 'failed', 'unknown'}) do
        if redis.call('ZREM', KEYS[8 + place], item.key) == 1 then
          redis.call('HINCRBY', KEYS[4], status .. ':' .. item.account, -1)
        end
      end
    end
    records[#records + 1] = item.key
    records[#records + 1] = item.record
    if item.claim then
      number = number + 1
      held[#held + 1] = item.key
      held[#held + 1] = item.due .. ' ' .. number .. ' ' .. now
      reply[i + 1] = {2, number}
    else
      due[#due + 1] = item.due
      due[#due + 1] = item.key
      reply[i + 1] = 1
    end
    for _, index in ipairs(item.indexes) do redis.call('ZADD', index, item.due, item.key) end
  end
end
if #records > 0 then redis.call('HSET', KEYS[1], unpack(records)) end
if #due > 0 then redis.call('ZADD', KEYS[3], unpack(due)) end
if #held > 0 then redis.call('HSET', KEYS[5], unpack(held)) end
return reply
