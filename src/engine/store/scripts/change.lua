-- Changes messages from outside the delivery path: cancel, rewrite (PATCH, PUT, send now), start a finished one again.
--
-- KEYS  1 messages  2 history  3 due  4 counts  5 claimed:<incarnation>  6 delivered  7 failed  8 unknown
--       9 notes  10... indexes and held:<gate> sets
-- ARGV  1 number of items, then for each item: op, key, generation that was read (4 bytes), account, due (ms), record,
--       pending field before, pending field after, number of sets that may hold it, number of indexes to leave, number of
--       indexes to enter, and the places of these three in KEYS
--       op: cancel, rewrite (to the due set), revive (from history to the due set), settle (in history, from unknown to
--       the status that stands as the pending field after; due is its finish time; the only index to enter is the stream
--       of outcomes, which is told)
-- Reply for each item: 1 done, 0 there is none, 2 it changed since it was read, 3 another node has claimed it,
--       4 (revive) an unfinished one of that key exists
-- The caller vouches that what is in its own claim set is not being sent.
local statuses = {'delivered', 'failed', 'unknown'}
local n = tonumber(ARGV[1])
local items, seen, p = {}, {}, 2
local some_notes = redis.call('EXISTS', KEYS[9]) == 1
for i = 1, n do
  local item = {op = ARGV[p], key = ARGV[p + 1], account = ARGV[p + 3], due = ARGV[p + 4], record = ARGV[p + 5],
                before = ARGV[p + 6], after = ARGV[p + 7], leave = {}, enter = {}}
  local generation = ARGV[p + 2]
  local holds, leaves, enters = tonumber(ARGV[p + 8]), tonumber(ARGV[p + 9]), tonumber(ARGV[p + 10])
  p = p + 11
  local record = redis.call('HGET', (item.op == 'revive' or item.op == 'settle') and KEYS[2] or KEYS[1], item.key)
  if not record or seen[item.key] then
    item.code = 0
  elseif string.sub(record, 2, 5) ~= generation then
    item.code = 2
  elseif item.op == 'revive' then
    if redis.call('HEXISTS', KEYS[1], item.key) == 1 then item.code = 4 end
  elseif item.op == 'settle' then
    if not redis.call('ZSCORE', KEYS[8], item.key) then item.code = 2 end
  elseif redis.call('ZSCORE', KEYS[3], item.key) then
    item.from = KEYS[3]
  else
    for j = p, p + holds - 1 do
      local set = KEYS[tonumber(ARGV[j])]
      if redis.call('ZSCORE', set, item.key) then item.from = set end
    end
    if not item.from then
      if redis.call('HEXISTS', KEYS[5], item.key) == 1 then item.claimed = true else item.code = 3 end
    end
  end
  p = p + holds
  for j = 1, leaves do item.leave[j] = KEYS[tonumber(ARGV[p + j - 1])] end
  p = p + leaves
  for j = 1, enters do item.enter[j] = KEYS[tonumber(ARGV[p + j - 1])] end
  p = p + enters
  seen[item.key] = true
  items[i] = item
end

local reply = {}
for i = 1, n do
  local item = items[i]
  reply[i] = item.code or 1
  if not item.code and item.op == 'settle' then
    redis.call('HSET', KEYS[2], item.key, item.record)
    redis.call('ZREM', KEYS[8], item.key)
    redis.call('ZADD', KEYS[item.after == 'delivered' and 6 or 7], item.due, item.key)
    redis.call('HINCRBY', KEYS[4], 'unknown:' .. item.account, -1)
    redis.call('HINCRBY', KEYS[4], item.after .. ':' .. item.account, 1)
    redis.call('XADD', item.enter[1], '*', 'key', item.key, 'record', item.record, 'provider', '')
  elseif not item.code then
    local key = item.key
    if item.op == 'revive' then
      redis.call('HDEL', KEYS[2], key)
      for place, status in ipairs(statuses) do
        if redis.call('ZREM', KEYS[5 + place], key) == 1 then
          redis.call('HINCRBY', KEYS[4], status .. ':' .. item.account, -1)
        end
      end
    elseif item.claimed then
      redis.call('HDEL', KEYS[5], key)
    else
      redis.call('ZREM', item.from, key)
    end
    for _, index in ipairs(item.leave) do redis.call('ZREM', index, key) end
    if item.before ~= '' then redis.call('HINCRBY', KEYS[4], item.before, -1) end
    if item.op == 'cancel' then
      redis.call('HDEL', KEYS[1], key)
      if some_notes then redis.call('HDEL', KEYS[9], key) end
    else
      redis.call('HSET', KEYS[1], key, item.record)
      redis.call('ZADD', KEYS[3], item.due, key)
      for _, index in ipairs(item.enter) do redis.call('ZADD', index, item.due, key) end
      if item.after ~= '' then redis.call('HINCRBY', KEYS[4], item.after, 1) end
    end
  end
end
return reply
