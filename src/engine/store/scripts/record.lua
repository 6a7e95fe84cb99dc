-- Records what became of claimed messages. Only what the caller still holds, under that claim number, is changed.
--
-- KEYS  1 messages  2 history  3 due  4 counts  5 claimed:<incarnation>  6 gates  7 delivered  8 failed  9 unknown
--       10 gate times  11 notes  12... indexes and held:<gate> sets
-- ARGV  1 number of items, then for each item: op, key, claim number, number of arguments, the arguments
--       finish:  record's new generation (4 bytes), status, finish time (ms), history record (empty: keep none), pending
--                field (empty: not counted), account, child key (empty: none), child due (ms), child record,
--                place of the child's index, then places of the message's indexes
--       retry:   new generation, due (ms), record, then places of indexes
--       recur:   the series' new generation (the occurrence's when the series ends), its next due (ms), its new record (empty:
--                it ends), pending field, the occurrence's key, its status (`retrying`, or finished), when it is due or was
--                finished (ms), its record (empty: keep none), account, child key (empty: none), child due (ms), child record,
--                place of the child's index, then places of the indexes of both. What is pending under the occurrence's key
--                stays as it is
--       release: due (ms)
--       hold:    due (ms), place of the held set, gate, the gate's next time (ms) when it has none yet, since when it is closed
--                (ms) when that is not known yet, record (empty: as it is), what is noted beside one that stays as it is
--                (`kind ms incarnation` of the deferral; empty: nothing)
--       stream:  place of the stream of outcomes, message key, record, the provider's id: told of when it is recorded
--                (an item beside the one that records it, and after it)
-- Reply for each item: 1 recorded, 2 was recorded already (its reply was lost), 0 not held any more: nothing changed.
local call = redis.call
local sets = {delivered = 7, failed = 8, unknown = 9}
local n = tonumber(ARGV[1])
local op, at, last, keys, code = {}, {}, {}, {}, {}
local p = 2
for i = 1, n do
  op[i], keys[i] = ARGV[p], ARGV[p + 1]
  at[i] = p + 4
  last[i] = p + 3 + tonumber(ARGV[p + 3])
  p = last[i] + 1
end
local some_notes = call('EXISTS', KEYS[11]) == 1
local held = call('HMGET', KEYS[5], unpack(keys))
local ours, noted = {}, {}
for i = 1, n do
  local key, a = keys[i], at[i]
  if held[i] and string.match(held[i], '^%d+ (%d+)') == ARGV[a - 2] then
    code[i] = 1
    ours[#ours + 1] = key
    if some_notes and op[i] ~= 'release' and op[i] ~= 'stream' and (op[i] ~= 'hold' or ARGV[a + 5] ~= '') then noted[#noted + 1] = key end
  else
    code[i] = 0
    if op[i] == 'finish' or op[i] == 'retry' or op[i] == 'recur' then
      if op[i] == 'recur' and ARGV[a + 2] == '' then key = ARGV[a + 4] end
      local record = call('HGET', KEYS[1], key)
      if not (record and string.sub(record, 2, 5) == ARGV[a]) then record = call('HGET', KEYS[2], key) end
      if record and string.sub(record, 2, 5) == ARGV[a] then code[i] = 2 end
    end
  end
end
if #ours == 0 then return code end
call('HDEL', KEYS[5], unpack(ours))
if #noted > 0 then call('HDEL', KEYS[11], unpack(noted)) end

-- What many items do alike is done once: gone and kept records, pending counts, finished ones by status and account.
local gone, kept, pending, finished = {}, {}, {}, {}
local function keep(key, status, time, record, account)
  if record == '' then return end
  kept[#kept + 1] = key
  kept[#kept + 1] = record
  local group = status .. ':' .. account
  local one = finished[group]
  if not one then
    one = {set = KEYS[sets[status]], members = {}}
    finished[group] = one
  end
  one.members[#one.members + 1] = time
  one.members[#one.members + 1] = key
end
local function add_child(key, due, record, index)
  if key == '' then return end
  call('HSET', KEYS[1], key, record)
  call('ZADD', KEYS[3], due, key)
  call('ZADD', KEYS[tonumber(index)], due, key)
end
for i = 1, n do
  if code[i] == 1 then
    local key, a = keys[i], at[i]
    if op[i] == 'finish' then
      local field = ARGV[a + 4]
      gone[#gone + 1] = key
      for j = a + 10, last[i] do call('ZREM', KEYS[tonumber(ARGV[j])], key) end
      if field ~= '' then pending[field] = (pending[field] or 0) + 1 end
      keep(key, ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 5])
      add_child(ARGV[a + 6], ARGV[a + 7], ARGV[a + 8], ARGV[a + 9])
    elseif op[i] == 'recur' then
      local due, record, field, one, status, time = ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4], ARGV[a + 5], ARGV[a + 6]
      if record ~= '' then
        call('HSET', KEYS[1], key, record)
        call('ZADD', KEYS[3], due, key)
        for j = a + 13, last[i] do call('ZADD', KEYS[tonumber(ARGV[j])], due, key) end
      else
        gone[#gone + 1] = key
        for j = a + 13, last[i] do call('ZREM', KEYS[tonumber(ARGV[j])], key) end
        pending[field] = (pending[field] or 0) + 1
      end
      if call('HEXISTS', KEYS[1], one) == 0 then
        if status == 'retrying' then
          call('HSET', KEYS[1], one, ARGV[a + 7])
          call('ZADD', KEYS[3], time, one)
          for j = a + 13, last[i] do call('ZADD', KEYS[tonumber(ARGV[j])], time, one) end
          pending[field] = (pending[field] or 0) - 1
        else
          keep(one, status, time, ARGV[a + 7], ARGV[a + 8])
        end
      end
      add_child(ARGV[a + 9], ARGV[a + 10], ARGV[a + 11], ARGV[a + 12])
    elseif op[i] == 'retry' then
      call('HSET', KEYS[1], key, ARGV[a + 2])
      call('ZADD', KEYS[3], ARGV[a + 1], key)
      for j = a + 3, last[i] do call('ZADD', KEYS[tonumber(ARGV[j])], ARGV[a + 1], key) end
    elseif op[i] == 'stream' then
      call('XADD', KEYS[tonumber(ARGV[a])], '*', 'key', ARGV[a + 1], 'record', ARGV[a + 2], 'provider', ARGV[a + 3])
    elseif op[i] == 'release' then
      call('ZADD', KEYS[3], ARGV[a], key)
    elseif op[i] == 'hold' then
      call('ZADD', KEYS[tonumber(ARGV[a + 1])], ARGV[a], key)
      call('ZADD', KEYS[6], 'NX', ARGV[a + 3], ARGV[a + 2])
      call('HSETNX', KEYS[10], ARGV[a + 2], ARGV[a + 4])
      if ARGV[a + 5] ~= '' then
        call('HSET', KEYS[1], key, ARGV[a + 5])
      elseif ARGV[a + 6] ~= '' then
        local before = call('HGET', KEYS[11], key) or ''
        local taken_over, count = string.match(before, '^(%d+ %S+ %S+) ?(%d*)')
        local note = (taken_over or '0 0 -') .. ' ' .. (tonumber(count or '') or 0) + 1 .. ' ' .. ARGV[a + 6]
        call('HSET', KEYS[11], key, note)
      end
    end
  end
end
if #gone > 0 then call('HDEL', KEYS[1], unpack(gone)) end
for field, count in pairs(pending) do if count ~= 0 then call('HINCRBY', KEYS[4], field, -count) end end
if #kept > 0 then call('HSET', KEYS[2], unpack(kept)) end
for group, one in pairs(finished) do
  local new = call('ZADD', one.set, unpack(one.members))
  if new > 0 then call('HINCRBY', KEYS[4], group, new) end
end
return code
