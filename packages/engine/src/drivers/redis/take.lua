-- One step over meters that nodes share: takes from all of them, or from none. The arithmetic is that of limiter/*.ts.
--
-- KEYS  the time, then each meter
-- ARGV  now ('': the server's), the epoch that the node knows ('': none yet), the node, its lease on places in ms,
--       then of each meter: type, maximum, window in ms, cost, parts to tell, what the node knows of it ('': nothing)
-- Gives the epoch alone, with nothing taken, when it is another; else the epoch, 1 or 0, and of each meter its wait and its state.

local PARTS = 256
local LOOK_AGAIN_MS = 100
-- Keys outlive what they count by this much, and then go by themselves.
local KEPT_MS = 60000

local now, epoch = steady_time(KEYS[1], ARGV[1])
if ARGV[2] ~= '' and ARGV[2] ~= epoch then return { epoch } end
local node = ARGV[3]
local lease = tonumber(ARGV[4])

local function text(number) return string.format('%.0f', number) end

local function numbers(list)
  local found = {}
  for each in string.gmatch(list, '%-?%d+') do found[#found + 1] = tonumber(each) end
  return found
end

local function expire(key, ms) redis.call('PEXPIRE', key, text(ms + KEPT_MS)) end

local meters = {}

-- A bucket of units: a millisecond adds `max` of them, a token costs `window`.
meters.qps = {
  load = function(self)
    local kept = redis.call('HMGET', self.key, 'max', 'window', 'units', 'at')
    self.units = self.max * self.window
    if kept[1] then
      local max, window = tonumber(kept[1]), tonumber(kept[2])
      local elapsed = math.min(math.max(0, now - tonumber(kept[4])), window)
      self.units = math.min(max * window, tonumber(kept[3]) + elapsed * max)
      if max ~= self.max or window ~= self.window then
        -- What is missing stays missing.
        local missing = max - self.units / window
        self.units = math.max(0, math.floor((self.max - missing) * self.window))
        self.changed = true
      end
    end
    if self.known and self.known[1] < self.units then
      self.units = self.known[1]
      self.changed = true
    end
  end,
  wait = function(self)
    local lacking = self.cost * self.window - self.units
    if lacking <= 0 then return 0 end
    return math.ceil(lacking / self.max)
  end,
  take = function(self)
    self.units = self.units - self.cost * self.window
  end,
  save = function(self)
    redis.call('HSET', self.key, 'max', text(self.max), 'window', text(self.window), 'units', text(self.units), 'at', text(now))
    expire(self.key, math.ceil((self.max * self.window - self.units) / self.max))
  end,
  state = function(self) return { self.units } end,
}

-- A window as numbered parts of 'first:last:count'; `head` is the oldest that counts, `tail` the newest.
local function part(self, number)
  local first, last, count = string.match(redis.call('HGET', self.key, text(number)), '(%-?%d+):(%-?%d+):(%d+)')
  return tonumber(first), tonumber(last), tonumber(count)
end

local function put(self, number, first, last, count)
  redis.call('HSET', self.key, text(number), text(first) .. ':' .. text(last) .. ':' .. text(count))
end

local function add(self, cost)
  self.count = self.count + cost
  if self.tail >= self.head then
    local first, _, count = part(self, self.tail)
    if now - first < self.window / PARTS then return put(self, self.tail, first, now, count + cost) end
  end
  self.tail = self.tail + 1
  put(self, self.tail, now, now, cost)
end

meters.sliding_window = {
  load = function(self)
    local kept = redis.call('HMGET', self.key, 'head', 'tail', 'count', 'window')
    self.head, self.tail, self.count = 1, 0, 0
    if kept[1] then
      self.head, self.tail, self.count = tonumber(kept[1]), tonumber(kept[2]), tonumber(kept[3])
      -- What had left the window before it became longer stays out.
      local window = math.min(tonumber(kept[4]), self.window)
      while self.head <= self.tail do
        local _, last, count = part(self, self.head)
        if last + window > now then break end
        redis.call('HDEL', self.key, text(self.head))
        self.head = self.head + 1
        self.count = self.count - count
        self.changed = true
      end
      if tonumber(kept[4]) ~= self.window then self.changed = true end
    end
    if self.known then
      local total = 0
      for i = 2, #self.known, 2 do total = total + self.known[i] end
      if total > self.count then
        self.changed = true
        if self.count == 0 then
          for i = 1, #self.known, 2 do
            local at = now + self.known[i] - self.window
            self.tail = self.tail + 1
            put(self, self.tail, at, at, self.known[i + 1])
          end
          self.count = total
        else
          add(self, total - self.count)
        end
      end
    end
  end,
  wait = function(self)
    local excess = self.count + self.cost - self.max
    if excess <= 0 then return 0 end
    for number = self.head, self.tail do
      local _, last, count = part(self, number)
      excess = excess - count
      if excess <= 0 then return last + self.window - now end
    end
    return self.window
  end,
  take = function(self) add(self, self.cost) end,
  save = function(self)
    if self.count == 0 then return redis.call('DEL', self.key) end
    redis.call('HSET', self.key, 'head', text(self.head), 'tail', text(self.tail), 'count', text(self.count), 'window', text(self.window))
    expire(self.key, self.window)
  end,
  state = function(self)
    local state = {}
    local told = 0
    for number = self.head, self.tail do
      if #state / 2 + 1 >= self.parts then
        local _, last = part(self, self.tail)
        state[#state + 1] = last + self.window - now
        state[#state + 1] = self.count - told
        break
      end
      local _, last, count = part(self, number)
      state[#state + 1] = last + self.window - now
      state[#state + 1] = count
      told = told + count
    end
    return state
  end,
}

-- Places, by the node that holds them, as 'count:until': those of a node that does not renew them are free after its lease.
meters.concurrent = {
  load = function(self)
    self.mine, self.others, self.last = 0, 0, 0
    local kept = redis.call('HGETALL', self.key)
    for i = 1, #kept, 2 do
      local count, last = string.match(kept[i + 1], '(%d+):(%d+)')
      if tonumber(last) <= now then
        redis.call('HDEL', self.key, kept[i])
      elseif kept[i] == node then
        self.mine = tonumber(count)
      else
        self.others = self.others + tonumber(count)
        self.last = math.max(self.last, tonumber(last))
      end
    end
    if self.known and self.known[1] ~= self.mine then
      self.mine = self.known[1]
      self.changed = true
    end
  end,
  wait = function(self)
    return LOOK_AGAIN_MS * math.max(0, math.ceil((self.mine + self.others + self.cost - self.max) / self.max))
  end,
  take = function(self) self.mine = self.mine + self.cost end,
  save = function(self)
    if self.mine == 0 then
      redis.call('HDEL', self.key, node)
    else
      redis.call('HSET', self.key, node, text(self.mine) .. ':' .. text(now + lease))
      expire(self.key, math.max(now + lease, self.last) - now)
    end
  end,
  state = function(self) return { self.mine + self.others } end,
}

local step = {}
local passes = true
for i = 2, #KEYS do
  local at = 5 + (i - 2) * 6
  local meter = {
    key = KEYS[i],
    kind = meters[ARGV[at]],
    max = tonumber(ARGV[at + 1]),
    window = tonumber(ARGV[at + 2]),
    cost = tonumber(ARGV[at + 3]),
    parts = tonumber(ARGV[at + 4]),
    known = ARGV[at + 5] ~= '' and numbers(ARGV[at + 5]) or nil,
  }
  meter.kind.load(meter)
  meter.told = meter.kind.wait(meter)
  if meter.told > 0 then passes = false end
  step[#step + 1] = meter
end

local answer = { epoch, passes and 1 or 0 }
for _, meter in ipairs(step) do
  if passes then meter.kind.take(meter) end
  if passes or meter.changed then meter.kind.save(meter) end
  answer[#answer + 1] = meter.told
  answer[#answer + 1] = meter.kind.state(meter)
end
return answer
