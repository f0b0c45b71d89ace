import { describe, expect, it } from 'vitest'
import { parseDemoEnv } from './env.ts'

describe('the demo’s environment', () => {
  it('has its own data folder and the product’s port by default', () => {
    const env = parseDemoEnv({ DATA_DIR: '', PORT: '' })
    expect(env).toMatchObject({ port: 8000, host: '127.0.0.1', rate: 1 })
    expect(env.dataDir).toMatch(/[\\/]\.data[\\/]demo$/)
  })

  it('takes what is set', () => {
    expect(parseDemoEnv({ PORT: '0', HOST: '::1', DATA_DIR: '/srv/demo', DEMO_RATE: '0.5' })).toEqual({
      port: 0,
      host: '::1',
      dataDir: '/srv/demo',
      rate: 0.5,
    })
  })

  it('names every variable that is wrong', () => {
    expect(() => parseDemoEnv({ PORT: 'http', DEMO_RATE: '-1' })).toThrow(
      'expected PORT to be a port number from 0 to 65535, got "http"\nexpected DEMO_RATE to be a number above 0, at most 100, got "-1"',
    )
  })
})
