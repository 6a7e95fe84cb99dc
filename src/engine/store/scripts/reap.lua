-- Takes the claims of a dead node back to the due set, and bars its incarnation from then on.
--
-- KEYS  1 beats  2 claimed:<incarnation>  3 barred:<incarnation>  4 due  5 notes
-- ARGV  1 incarnation  2 counter that stood still (`*`: the caller knows that it is dead)  3 most messages
--       4 how long the bar is kept (s)  5 now (ms)
-- Reply {-1, 0} the counter moved: it lives. Else {messages taken back, messages left}
-- A node that holds nothing is only forgotten: it may be alive and idle.
--
-- `notes` remembers of each message how often that has happened, when last, and to which node: `count ms incarnation`, before
-- what a hold has noted. It is there until the next outcome carries it into the record.
local counter = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] ~= '*' and counter ~= ARGV[2] then return {-1, 0} end
local entries = redis.call('HRANDFIELD', KEYS[2], tonumber(ARGV[3]), 'WITHVALUES')
if #entries > 0 then
  local due, keys, notes = {}, {}, {}
  for i = 1, #entries, 2 do
    due[#due + 1] = string.match(entries[i + 1], '^(%d+)')
    due[#due + 1] = entries[i]
    keys[#keys + 1] = entries[i]
    local before = redis.call('HGET', KEYS[5], entries[i])
    local count, held = string.match(before or '', '^(%d+) %S+ %S+(.*)$')
    notes[#notes + 1] = entries[i]
    notes[#notes + 1] = (tonumber(count) or 0) + 1 .. ' ' .. ARGV[5] .. ' ' .. ARGV[1] .. (held or '')
  end
  redis.call('HDEL', KEYS[2], unpack(keys))  -- first: a full Redis allows it, and then the rest
  redis.call('SET', KEYS[3], '1', 'EX', ARGV[4])
  redis.call('ZADD', KEYS[4], unpack(due))
  redis.call('HSET', KEYS[5], unpack(notes))
end
local left = redis.call('HLEN', KEYS[2])
if left == 0 then redis.call('HDEL', KEYS[1], ARGV[1]) end
return {#entries / 2, left}
