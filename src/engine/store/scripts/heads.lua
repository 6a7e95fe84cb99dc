-- Reads the beginnings of records.
--
-- KEYS  1 messages or history
-- ARGV  1 bytes of each, then message keys
-- Reply for each key {its first bytes, its whole length}, or nil
local reply = {}
for i = 2, #ARGV do
  local record = redis.call('HGET', KEYS[1], ARGV[i])
  reply[i - 1] = record and {string.sub(record, 1, tonumber(ARGV[1])), #record} or false
end
return reply
