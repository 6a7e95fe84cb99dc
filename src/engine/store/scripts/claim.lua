-- Claims messages: moves the earliest of a source (the due set, or what a gate holds) to the node's own claim set.
--
-- KEYS  1 messages  2 source (due, or held:<gate>)  3 claimed:<incarnation>  4 beats  5 claims  6 barred:<incarnation>  7 gates
--       8 gate times  9 notes
-- ARGV  1 incarnation  2 until (ms)  3 most messages  4 most bytes  5 records larger than this are not returned
--         whole, only their first 2048 bytes (the destination is there)  6 gate (empty: the due set)  7 now (ms)
--         8 the gate's next time (ms; 0: it is open)
-- Reply {-1} the incarnation is barred
--       {-2} the gate's time has not come (another node was faster), or it is open and nothing was asked of it
--       {n, left, closed gates, gates whose time has come: [gate, ms, …], gates that wait for theirs: [gate, ms, …],
--        places of those whose record is cut, what `notes` says: [place, text, …], key, `due claim now`, record, key, …}: n claimed.
--        left: 1 while the gate holds more, or the due set may have more for this claim. Gates are listed only for the due set, at
--        most 64 that are ready and 256 that wait.
--
-- An empty poll writes nothing. The first write is one that a full Redis allows (what was acknowledged is sent even then, and
-- makes room); after it the rest of the script may write what it needs.
--
-- Gates are opened minutes ahead at most. One whose time lies further ahead was timed by a clock that has been set back since:
-- its time has come.
local furthest, for_ever = 300000, '253402300799999'
local incarnation, gate, now = ARGV[1], ARGV[6], tonumber(ARGV[7])
if redis.call('EXISTS', KEYS[6]) == 1 then return {-1} end
local closed, ready, waiting = {}, {}, {}
local most, most_bytes, large = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if gate ~= '' then
  local at = redis.call('ZSCORE', KEYS[7], gate)
  if not at or at == 'inf' or at == for_ever then return {-2} end
  if tonumber(at) > now and tonumber(at) < now + furthest then return {-2} end
  if at == '0' and most == 0 then return {-2} end
elseif redis.call('EXISTS', KEYS[7]) == 1 then
  closed = redis.call('ZRANGEBYSCORE', KEYS[7], '+inf', '+inf')
  ready = redis.call('ZRANGEBYSCORE', KEYS[7], '-inf', now, 'WITHSCORES', 'LIMIT', 0, 64)
  for _, wrong in ipairs(redis.call('ZRANGEBYSCORE', KEYS[7], now + furthest, '(' .. for_ever, 'LIMIT', 0, 64)) do
    ready[#ready + 1] = wrong
    ready[#ready + 1] = now
  end
  waiting = redis.call('ZRANGEBYSCORE', KEYS[7], '(' .. now, '(' .. now + furthest, 'WITHSCORES', 'LIMIT', 0, 256)
end

local found = {}
if most > 0 then
  found = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2], 'WITHSCORES', 'LIMIT', 0, most)
end
local taken, orphans, bytes = {}, {}, 0
for i = 1, #found, 2 do
  local size = redis.call('HSTRLEN', KEYS[1], found[i])
  if size == 0 then
    orphans[#orphans + 1] = found[i]
  else
    local kept = size > large and 2048 or size
    if bytes + kept > most_bytes and #taken > 0 then break end
    bytes = bytes + kept
    local record = redis.call('HGET', KEYS[1], found[i])
    taken[#taken + 1] = {found[i], found[i + 1], kept < size and string.sub(record, 1, kept) or record, kept < size}
  end
end

local cut_short = most > 0 and (#found == 2 * most or #taken + #orphans < #found / 2)
local reply = {#taken, cut_short and gate == '' and 1 or 0, closed, ready, waiting, {}, {}}
if #orphans > 0 then redis.call('ZREM', KEYS[2], unpack(orphans)) end
if #taken > 0 then
  local some_notes = redis.call('EXISTS', KEYS[9]) == 1
  local removed, held = {}, {}
  for i, message in ipairs(taken) do removed[i] = message[1] end
  redis.call('ZREM', KEYS[2], unpack(removed))
  local number = redis.call('INCRBY', KEYS[5], #taken) - #taken
  if number == 0 then
    -- A Redis that is new or was emptied: numbers of its former life must not come again, so it starts at the time (0.1 ms).
    local time = redis.call('TIME')
    number = redis.call('INCRBY', KEYS[5], time[1] * 10000 + math.floor(time[2] / 100)) - #taken
  end
  for i, message in ipairs(taken) do
    held[2 * i - 1] = message[1]
    held[2 * i] = message[2] .. ' ' .. (number + i) .. ' ' .. now
    local p = #reply
    reply[p + 1], reply[p + 2], reply[p + 3] = message[1], held[2 * i], message[3]
    if message[4] then table.insert(reply[6], i) end
    local note = some_notes and redis.call('HGET', KEYS[9], message[1])
    if note then
      table.insert(reply[7], i)
      table.insert(reply[7], note)
    end
  end
  redis.call('HSET', KEYS[3], unpack(held))
  if redis.call('HINCRBY', KEYS[4], incarnation, 1) == 1 then
    local time = redis.call('TIME')  -- see beat.lua
    redis.call('HINCRBY', KEYS[4], incarnation, time[1] * 10000 + math.floor(time[2] / 100))
  end
end
if gate ~= '' then
  if redis.call('EXISTS', KEYS[2]) == 1 then
    redis.call('ZADD', KEYS[7], ARGV[8], gate)
    reply[2] = 1
  else
    redis.call('ZREM', KEYS[7], gate)
    redis.call('HDEL', KEYS[8], gate)
  end
end
return reply
