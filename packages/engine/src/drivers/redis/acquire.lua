-- KEYS  a lock: its owner, fence and end
-- ARGV  owner, lease in ms, now ('': the server's)
-- Gives fence and end, or nothing when somebody else has it.
local time = redis.call('TIME')
local now = ARGV[3] ~= '' and tonumber(ARGV[3]) or time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'owner', 'fence', 'until')
local fence = tonumber(kept[2] or 0)
if kept[1] and tonumber(kept[3]) > now then
  if kept[1] ~= ARGV[1] then return false end
else
  -- Above all that were given out, also where those are forgotten: microseconds pass faster than locks. Below 2^53 until 2255.
  fence = math.max(fence + 1, time[1] * 1000000 + time[2])
end
local ends = now + tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fence', string.format('%.0f', fence), 'until', string.format('%.0f', ends))
-- Its fence need not be remembered for ever: time goes on.
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', tonumber(ARGV[2]) + 86400000))
return { fence, ends }
