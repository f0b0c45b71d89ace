-- The fence stays. KEYS: a lock; ARGV: owner, fence.
local kept = redis.call('HMGET', KEYS[1], 'owner', 'fence')
if kept[1] ~= ARGV[1] or kept[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'owner', '', 'until', '0')
return 1
