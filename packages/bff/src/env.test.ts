import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { describeEnv, EnvError, parseEnv } from './env.ts'

describe('start-up settings', () => {
  it('have defaults for everything', () => {
    const env = parseEnv({})
    expect(env).toMatchObject({ port: 8000, host: '127.0.0.1', logLevel: 'info', devOrigin: undefined })
    expect(env.dataDir).toMatch(/[/\\]\.data[/\\]signalbox$/)
  })

  it.each([
    ['https://box.example.com/', 'https://box.example.com'],
    ['https://example.com/box', 'https://example.com/box'],
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
  ])('take %s for the links in messages', (PUBLIC_URL, publicUrl) => {
    expect(parseEnv({ PUBLIC_URL })).toMatchObject({ publicUrl })
  })

  it('take an empty variable as one that is not set', () => {
    expect(parseEnv({ PORT: '', HOST: '' })).toMatchObject({ port: 8000, host: '127.0.0.1' })
  })

  it.each([
    [{ PORT: 'http' }, 'expected PORT to be a port number from 0 to 65535, got "http"'],
    [{ PORT: '70000' }, 'expected PORT to be a port number from 0 to 65535'],
    [{ LOG_LEVEL: 'loud' }, 'expected LOG_LEVEL to be one of fatal'],
    [{ DATABASE_URL: 'mysql://127.0.0.1/x' }, 'expected DATABASE_URL to be a URL such as postgres://'],
    [{ DATABASE_URL: 'postgres://a b' }, 'expected DATABASE_URL to be a URL such as postgres://'],
    [{ AMQP_URL: 'http://127.0.0.1' }, 'expected AMQP_URL to be a URL such as amqp://'],
    [
      { DATABASE_SCHEMA: 'Box' },
      'expected DATABASE_SCHEMA to be at most 40 lower-case letters, digits and underscores',
    ],
    [{ DATABASE_SCHEMA: 'box' }, 'expected DATABASE_URL with DATABASE_SCHEMA, got nothing'],
    [{ REDIS_URL: '127.0.0.1:6379' }, 'expected REDIS_URL to be a URL such as redis://'],
    [{ ROLE: 'boss' }, 'expected ROLE to be one of api'],
    [{ NODE_NAME: 'a b' }, 'expected NODE_NAME to be 1 to 63 letters'],
    [{ DEV_ORIGIN: 'https://example.com' }, 'expected DEV_ORIGIN to be an origin such as http://localhost:5173'],
    [{ PUBLIC_URL: 'http://box.example.com' }, 'expected PUBLIC_URL to be an address such as https://box.example.com'],
    [{ PUBLIC_URL: 'https://box.example.com/?a=1' }, 'expected PUBLIC_URL to be an address'],
    [{ PUBLIC_URL: 'box.example.com' }, 'expected PUBLIC_URL to be an address'],
  ])('refuse %j', (variables, message) => {
    expect(() => parseEnv(variables)).toThrow(message)
  })

  it.each(['0.0.0.0', '192.168.1.5', '::', 'example.com', '127.example.com'])('refuse to bind to %s', (host) => {
    expect(() => parseEnv({ HOST: host })).toThrow(/^expected HOST to be 127\.0\.0\.1, .* set HOST=127\.0\.0\.1$/)
  })

  it('show everything but secrets', () => {
    const variables = { PORT: '9000', SECRET_SMTP: 'hunter2', PATH: '/bin' }
    const shown = describeEnv(parseEnv(variables), variables)
    expect(shown).toContain('PORT=9000')
    expect(shown).toContain('SECRET_SMTP=***')
    expect(shown).not.toContain('hunter2')
  })

  it.each([
    ['postgres://box:hunter2@db.internal:5433/box', 'postgres://box:***@db.internal:5433/box'],
    ['postgresql:///box?host=/var/run/postgresql', 'postgresql://localhost/box?host=/var/run/postgresql'],
    ['postgres://box:hunter2@/box?host=/run', 'postgres://box:***@localhost/box?host=/run'],
    ['postgres://box@db/box?password=hunter2', 'postgres://box@db/box?password=***'],
  ])('take the database %s, and show it without its password', (DATABASE_URL, shown) => {
    const env = parseEnv({ DATABASE_URL })
    expect(env.databaseUrl).toBe(DATABASE_URL)
    expect(describeEnv(env, {})).toContain(`DATABASE_URL=${shown}\n`)
    expect(describeEnv(env, {})).not.toContain('hunter2')
  })

  const [DATABASE_URL, AMQP_URL, REDIS_URL] = ['postgres://db/box', 'amqp://mq', 'redis://cache']

  it('make a node of several by all three addresses, with a role and a name', () => {
    const urls = { DATABASE_URL, AMQP_URL, REDIS_URL }
    const names = { databaseUrl: DATABASE_URL, amqpUrl: AMQP_URL, redisUrl: REDIS_URL }
    expect(parseEnv({ ...urls, PORT: '9000' })).toMatchObject({ ...names, role: 'all', nodeName: `${hostname()}-9000` })
    expect(parseEnv({ ...urls, ROLE: 'api', NODE_NAME: 'box-1' })).toMatchObject({ role: 'api', nodeName: 'box-1' })
    expect(parseEnv({ ...urls, PORT: '0' }).nodeName).toBe(`${hostname()}-${process.pid}`)
  })

  it.each([
    [
      { AMQP_URL },
      'expected DATABASE_URL and REDIS_URL with AMQP_URL: several nodes need all three; or unset AMQP_URL',
    ],
    [
      { REDIS_URL },
      'expected DATABASE_URL and AMQP_URL with REDIS_URL: several nodes need all three; or unset REDIS_URL',
    ],
    [
      { DATABASE_URL, AMQP_URL },
      'expected REDIS_URL with DATABASE_URL and AMQP_URL: several nodes need all three; or unset AMQP_URL',
    ],
    [
      { DATABASE_URL, REDIS_URL },
      'expected AMQP_URL with DATABASE_URL and REDIS_URL: several nodes need all three; or unset REDIS_URL',
    ],
    [
      { AMQP_URL, REDIS_URL },
      'expected DATABASE_URL with AMQP_URL and REDIS_URL: several nodes need all three; or unset AMQP_URL and REDIS_URL',
    ],
    [
      { DATABASE_URL, ROLE: 'worker' },
      'expected ROLE to be all where there is one node, got worker; several nodes need DATABASE_URL, AMQP_URL and REDIS_URL',
    ],
    [
      { ROLE: 'api' },
      'expected ROLE to be all where there is one node, got api; several nodes need DATABASE_URL, AMQP_URL and REDIS_URL',
    ],
  ])('refuse the mixture %j in one line', (variables, message) => {
    expect(() => parseEnv(variables)).toThrow(new EnvError(message))
  })

  it('show the addresses of several nodes without their passwords', () => {
    const env = parseEnv({
      DATABASE_URL: 'postgres://box:hunter2@db/box',
      AMQP_URL: 'amqps://box:hunter3@mq/box',
      REDIS_URL: 'redis://:hunter4@cache:6380/2',
    })
    const shown = describeEnv(env, {})
    expect(shown).toContain('AMQP_URL=amqps://box:***@mq/box\n')
    expect(shown).toContain('REDIS_URL=redis://:***@cache:6380/2\n')
    expect(shown).toMatch(/ROLE=all\nNODE_NAME=\S+\n/)
    expect(shown).not.toMatch(/hunter/)
  })

  it('take the master key itself or a file of it, and show neither', () => {
    const key = Buffer.alloc(32, 7).toString('base64')
    const variables = { MASTER_KEY: key }
    const env = parseEnv(variables)
    expect(env.keys(() => undefined).read()).toEqual([Buffer.alloc(32, 7)])
    expect(describeEnv(env, variables)).toContain('MASTER_KEY=***')
    expect(describeEnv(env, variables)).not.toContain(key)
    expect(parseEnv({ DATA_DIR: '/data' }).keys(() => undefined).where).toBe('the file /data/master.key')
    const file = parseEnv({ MASTER_KEY_FILE: '/run/secrets/none' }).keys(() => undefined)
    expect(() => file.read()).toThrow('expected the master key in /run/secrets/none, got no such file')
  })

  it.each([
    [{ MASTER_KEY: 'short' }, /^expected MASTER_KEY to be 32 bytes in base64, got 3 bytes/],
    [{ MASTER_KEY: 'no base64!' }, /^expected MASTER_KEY to be 32 bytes in base64, got something else/],
    [{ MASTER_KEY: 'x', MASTER_KEY_FILE: '/key' }, /^expected MASTER_KEY or MASTER_KEY_FILE, got both/],
  ])('refuse %j without showing it', (variables, message) => {
    expect(() => parseEnv(variables)).toThrow(message)
    expect(() => parseEnv(variables)).not.toThrow(/short|base64!/)
  })

  it('give out secrets by name, and no other variable', () => {
    const { secret } = parseEnv({ SECRET_SMTP: 'hunter2', AWS_KEY: 'x' })
    expect(secret('SECRET_SMTP')).toBe('hunter2')
    expect(secret('AWS_KEY')).toBeUndefined()
  })
})
