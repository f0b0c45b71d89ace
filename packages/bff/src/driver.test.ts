import { describe, expect, it } from 'vitest'
import { driverOf, soleDriverOf } from './driver.ts'
import { parseEnv } from './env.ts'

const DATABASE_URL = 'postgres://db/box'
const SEVERAL = { DATABASE_URL, AMQP_URL: 'amqp://mq', REDIS_URL: 'redis://cache' }

describe('the store', () => {
  it.each([
    ['a file where no address is given', {}, 'embedded'],
    ['PostgreSQL by its address', { DATABASE_URL }, 'postgres'],
    ['that of several nodes by all three', SEVERAL, 'distributed'],
  ])('is %s', (_what, variables, name) => {
    expect(driverOf(parseEnv(variables)).name).toBe(name)
  })

  it('is had alone by who changes the master key, so that it is refused beside a node that runs', () => {
    expect(soleDriverOf(parseEnv(SEVERAL)).name).toBe('postgres')
  })
})
