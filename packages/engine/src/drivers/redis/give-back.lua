-- KEYS  a meter of places
-- ARGV  the node, how many it gives back
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if not kept then return 0 end
local count, last = string.match(kept, '(%d+):(%d+)')
local left = tonumber(count) - tonumber(ARGV[2])
if left <= 0 then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', left) .. ':' .. last)
