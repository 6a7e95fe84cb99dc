-- Records what became of claimed messages. Only what the caller still holds, under that claim number, is changed.
--
-- KEYS  1 messages  2 history  3 due  4 counts  5 claimed:<incarnation>  6 gates  7 delivered  8 failed  9 unknown
--       10 gate times  11 notes  12... indexes and held:<gate> sets
-- ARGV  1 number of items, then for each item: op, key, claim number, number of arguments, the arguments
--       finish:  record's new generation (4 bytes), status, finish time (ms), history record (empty: keep none), pending
--                field (empty: not counted), account, child key (empty: none), child due (ms), child record,
--                place of the child's index, then places of the message's indexes
--       retry:   new generation, due (ms), record, then places of indexes
--       release: due (ms)
--       hold:    due (ms), place of the held set, gate, the gate's next time (ms) when it has none yet, since when it is closed
--                (ms) when that is not known yet, record (empty: as it is), what is noted beside one that stays as it is
--                (`kind ms incarnation` of the deferral; empty: nothing)
-- Reply for each item: 1 recorded, 2 was recorded already (its reply was lost), 0 not held any more: nothing changed.
local statuses = {delivered = 7, failed = 8, unknown = 9}
local n = tonumber(ARGV[1])
local items, p = {}, 2
local some_notes = redis.call('EXISTS', KEYS[11]) == 1
for i = 1, n do
  local op, key, claim, count = ARGV[p], ARGV[p + 1], ARGV[p + 2], tonumber(ARGV[p + 3])
  local item = {op = op, key = key, at = p + 4, last = p + 3 + count}
  p = p + 4 + count
  local held = redis.call('HGET', KEYS[5], key)
  if held and string.match(held, '^%d+ (%d+)') == claim then
    item.code = 1
  else
    item.code = 0
    if op == 'finish' or op == 'retry' then
      local record = redis.call('HGET', KEYS[1], key)
      if not (record and string.sub(record, 2, 5) == ARGV[item.at]) then record = redis.call('HGET', KEYS[2], key) end
      if record and string.sub(record, 2, 5) == ARGV[item.at] then item.code = 2 end
    end
  end
  items[i] = item
end

local reply = {}
for i = 1, n do
  local item = items[i]
  reply[i] = item.code
  if item.code == 1 then
    local key, a = item.key, item.at
    redis.call('HDEL', KEYS[5], key)
    if some_notes and item.op ~= 'release' and (item.op ~= 'hold' or ARGV[a + 5] ~= '') then
      redis.call('HDEL', KEYS[11], key)
    end
    if item.op == 'finish' then
      local status, at, record, field, account = ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4], ARGV[a + 5]
      redis.call('HDEL', KEYS[1], key)
      for j = a + 10, item.last do redis.call('ZREM', KEYS[tonumber(ARGV[j])], key) end
      if field ~= '' then redis.call('HINCRBY', KEYS[4], field, -1) end
      if record ~= '' then
        redis.call('HSET', KEYS[2], key, record)
        if redis.call('ZADD', KEYS[statuses[status]], at, key) == 1 then
          redis.call('HINCRBY', KEYS[4], status .. ':' .. account, 1)
        end
      end
      if ARGV[a + 6] ~= '' then
        redis.call('HSET', KEYS[1], ARGV[a + 6], ARGV[a + 8])
        redis.call('ZADD', KEYS[3], ARGV[a + 7], ARGV[a + 6])
        redis.call('ZADD', KEYS[tonumber(ARGV[a + 9])], ARGV[a + 7], ARGV[a + 6])
      end
    elseif item.op == 'retry' then
      redis.call('HSET', KEYS[1], key, ARGV[a + 2])
      redis.call('ZADD', KEYS[3], ARGV[a + 1], key)
      for j = a + 3, item.last do redis.call('ZADD', KEYS[tonumber(ARGV[j])], ARGV[a + 1], key) end
    elseif item.op == 'release' then
      redis.call('ZADD', KEYS[3], ARGV[a], key)
    elseif item.op == 'hold' then
      redis.call('ZADD', KEYS[tonumber(ARGV[a + 1])], ARGV[a], key)
      redis.call('ZADD', KEYS[6], 'NX', ARGV[a + 3], ARGV[a + 2])
      redis.call('HSETNX', KEYS[10], ARGV[a + 2], ARGV[a + 4])
      if ARGV[a + 5] ~= '' then
        redis.call('HSET', KEYS[1], key, ARGV[a + 5])
      elseif ARGV[a + 6] ~= '' then
        local before = redis.call('HGET', KEYS[11], key) or ''
        local taken_over, count = string.match(before, '^(%d+ %S+ %S+) ?(%d*)')
        local note = (taken_over or '0 0 -') .. ' ' .. (tonumber(count or '') or 0) + 1 .. ' ' .. ARGV[a + 6]
        redis.call('HSET', KEYS[11], key, note)
      end
    end
  end
end
return reply
