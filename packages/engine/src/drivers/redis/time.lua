-- Time in ms that only runs forward, whatever the server's clock does, and the epoch: another one whenever all was forgotten.
-- `given` is a time of a test's own; else it is ''.
local function steady_time(key, given)
  local wall
  if given ~= '' then
    wall = tonumber(given)
  else
    local time = redis.call('TIME')
    wall = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local kept = redis.call('HMGET', key, 'wall', 'steady', 'epoch')
  local steady = wall
  local epoch = kept[3]
  if epoch then
    steady = tonumber(kept[2]) + math.max(0, wall - tonumber(kept[1]))
    if wall == tonumber(kept[1]) then return steady, epoch end
  else
    local time = redis.call('TIME')
    epoch = time[1] .. '-' .. time[2]
  end
  redis.call('HSET', key, 'wall', string.format('%.0f', wall), 'steady', string.format('%.0f', steady), 'epoch', epoch)
  return steady, epoch
end
