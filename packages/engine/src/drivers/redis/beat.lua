-- A sign of life: that it takes writes. KEYS: where.
return redis.call('SET', KEYS[1], '1', 'EX', 60)
