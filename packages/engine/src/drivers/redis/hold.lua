-- Renews the lease of a node on its places, and says how many they are: what it lost in between comes right.
--
-- KEYS  the time, then each meter of places
-- ARGV  now ('': the server's), the node, its lease in ms, then of each meter how many the node holds
local now = steady_time(KEYS[1], ARGV[1])
local lease = tonumber(ARGV[3])
for i = 2, #KEYS do
  if ARGV[i + 2] == '0' then
    redis.call('HDEL', KEYS[i], ARGV[2])
  else
    redis.call('HSET', KEYS[i], ARGV[2], ARGV[i + 2] .. ':' .. string.format('%.0f', now + lease))
    redis.call('PEXPIRE', KEYS[i], string.format('%.0f', lease + 60000))
  end
end
return #KEYS - 1
