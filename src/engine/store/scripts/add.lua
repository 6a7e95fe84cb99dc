-- Adds messages; one that is due within the caller's window is claimed for the caller at once.
--
-- KEYS  1 messages  2 history  3 due  4 counts  5 claimed:<incarnation>  6 beats  7 claims  8 barred:<incarnation>
--       9 delivered  10 failed  11 unknown  12 once  13... indexes
-- ARGV  1 incarnation  2 now (ms)  3 number of items, then for each item:
--       key, due (ms), record, flags; then, unless flags is `=` (all of this is as with the item before):
--       nonce, pending field, account, number of indexes, their places in KEYS
--       flags: c claim at once, r this is a repetition after a lost reply, f forget a finished one of the same key,
--              o only if no message of that key was added before, as far as that is remembered
--       nonce: the 12 bytes at 8-19 of a record under a client's own id; `*`: the key was made for this message alone, so
--       that any record of it is ours; else empty
-- Reply for each item: 0 exists, 1 created, or {2, claim number} created and claimed. Before them, 1 when the caller is barred.
--
-- All items are checked before the first write.
local call, find = redis.call, string.find
local incarnation, now, n = ARGV[1], ARGV[2], tonumber(ARGV[3])
local messages = KEYS[1]
local barred = call('EXISTS', KEYS[8]) == 1

local place, kind, code = {}, {}, {}
local seen, counts, wanted = {}, {}, 0
local p, shared = 4, nil
for i = 1, n do
  local key, flags = ARGV[p], ARGV[p + 3]
  place[i] = p
  p = p + 4
  if flags ~= '=' then
    shared = {again = find(flags, 'r', 1, true) ~= nil, forget = find(flags, 'f', 1, true) ~= nil,
              once = find(flags, 'o', 1, true) ~= nil, claim = not barred and find(flags, 'c', 1, true) ~= nil,
              nonce = ARGV[p], field = ARGV[p + 1], account = ARGV[p + 2], indexes = {}}
    local count = tonumber(ARGV[p + 3])
    for j = 1, count do shared.indexes[j] = KEYS[tonumber(ARGV[p + 3 + j])] end
    p = p + 4 + count
  end
  kind[i] = shared
  local made = shared.nonce == '*'
  if seen[key] then
    code[i] = 0
  elseif shared.again then
    local record = ARGV[place[i] + 2]
    local existing = call('HGET', messages, key) or call('HGET', KEYS[2], key)
    if existing and (made or string.sub(existing, 2, 5) == string.sub(record, 2, 5)
                     or (#shared.nonce == 12 and string.sub(existing, 8, 19) == shared.nonce)) then
      code[i] = 1
    elseif call('HEXISTS', messages, key) == 1 then
      code[i] = 0
    end
  elseif not made and call('HEXISTS', messages, key) == 1 then
    code[i] = 0
  end
  if not code[i] and shared.once and (call('ZSCORE', KEYS[12], key) or call('HEXISTS', KEYS[2], key) == 1) then
    code[i] = 0
  end
  if not code[i] then
    seen[key] = true
    if shared.claim then wanted = wanted + 1 end
    local field = shared.field
    if field ~= '' then counts[field] = (counts[field] or 0) + 1 end
  end
end

local number = 0
if wanted > 0 then
  number = call('INCRBY', KEYS[7], wanted) - wanted
  if number == 0 then
    -- A Redis that is new or was emptied: numbers of its former life must not come again, so it starts at the time (0.1 ms).
    local time = call('TIME')
    number = call('INCRBY', KEYS[7], time[1] * 10000 + math.floor(time[2] / 100)) - wanted
  end
  if call('HINCRBY', KEYS[6], incarnation, 1) == 1 then
    local time = call('TIME')  -- see beat.lua
    call('HINCRBY', KEYS[6], incarnation, time[1] * 10000 + math.floor(time[2] / 100))
  end
end

-- Before anything that a full Redis would allow: after such a write it would take the rest of the script too.
for field, count in pairs(counts) do call('HINCRBY', KEYS[4], field, count) end

local reply = {barred and 1 or 0}
local records, due, held = {}, {}, {}
local r, d, h = 0, 0, 0
for i = 1, n do
  if code[i] then
    reply[i + 1] = code[i]
  else
    local at, one = place[i], kind[i]
    local key, score = ARGV[at], ARGV[at + 1]
    if one.forget and call('HDEL', KEYS[2], key) == 1 then
      for nth, status in ipairs({'delivered', 'failed', 'unknown'}) do
        if call('ZREM', KEYS[8 + nth], key) == 1 then call('HINCRBY', KEYS[4], status .. ':' .. one.account, -1) end
      end
    end
    records[r + 1], records[r + 2], r = key, ARGV[at + 2], r + 2
    if one.claim then
      number = number + 1
      held[h + 1], held[h + 2], h = key, score .. ' ' .. number .. ' ' .. now, h + 2
      reply[i + 1] = {2, number}
    else
      due[d + 1], due[d + 2], d = score, key, d + 2
      reply[i + 1] = 1
    end
    if one.once then call('ZADD', KEYS[12], now, key) end
    for _, index in ipairs(one.indexes) do call('ZADD', index, score, key) end
  end
end
if r > 0 then call('HSET', messages, unpack(records)) end
if d > 0 then call('ZADD', KEYS[3], unpack(due)) end
if h > 0 then call('HSET', KEYS[5], unpack(held)) end
return reply
