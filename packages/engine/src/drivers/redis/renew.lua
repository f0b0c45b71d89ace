-- KEYS  a lock
-- ARGV  owner, fence, lease in ms, now ('': the server's)
-- Gives its end, or nothing when it is not held so any more.
local time = redis.call('TIME')
local now = ARGV[4] ~= '' and tonumber(ARGV[4]) or time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'owner', 'fence', 'until')
if kept[1] ~= ARGV[1] or kept[2] ~= ARGV[2] or tonumber(kept[3]) <= now then return false end
local ends = now + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', ends))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', tonumber(ARGV[3]) + 86400000))
return ends
