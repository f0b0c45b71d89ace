import {
  rateLimitConfigSchema,
  systemConfigSchema,
  threadPoolConfigSchema,
  type SettingsProblem,
} from '@signalbox/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { MemorySettingsStore } from '../../test/support/memory-settings.ts'
import { createEvents } from '../events.ts'
import { SETTINGS_DEFAULTS } from './defaults.ts'
import { DEFINITIONS } from './definitions.ts'
import { createSettings, type Settings } from './settings.ts'

let store: MemorySettingsStore
let settings: Settings
let changes: number[]
let refusals: SettingsProblem[]

beforeEach(async () => {
  store = new MemorySettingsStore()
  const events = createEvents()
  changes = []
  refusals = []
  settings = createSettings({ store, events, clock: new ManualClock() })
  await settings.refresh()
  events.on('settings:changed', ({ version }) => changes.push(version))
  events.on('settings:refused', (problem) => refusals.push(problem))
})

async function edit(...args: Parameters<MemorySettingsStore['edit']>): Promise<void> {
  store.edit(...args)
  await settings.refresh()
}

describe('the defaults', () => {
  it('pass the checks that rows must pass', () => {
    for (const row of SETTINGS_DEFAULTS.threadPools) expect(threadPoolConfigSchema.parse(row)).toEqual(row)
    for (const row of SETTINGS_DEFAULTS.rateLimits) expect(rateLimitConfigSchema.parse(row)).toEqual(row)
    for (const row of SETTINGS_DEFAULTS.system) expect(systemConfigSchema.parse(row)).toEqual(row)
    expect(new Set(DEFINITIONS.map((each) => each.key)).size).toBe(DEFINITIONS.length)
    expect(settings.problems).toEqual([])
  })

  it('are in force as checked values', () => {
    expect(settings.values).toEqual({
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      unknownPolicy: { sms: 'hold', email: 'hold', app: 'hold', wechat: 'hold', feishu: 'hold' },
      pausedChannels: new Set(),
      pausedQueues: new Set(),
      maxRetries: 3,
      retryBaseMs: 2000,
      retryCapMs: 300_000,
      providerTimeoutMs: 10_000,
      leaseMs: 30_000,
      breaker: { failures: 5, openMs: 10_000 },
      lookup: { firstMs: 30_000, untilMs: 86_400_000, atOnce: 5 },
      quietHours: { enabled: true, from: '22:00', to: '08:00', timeZone: 'Asia/Shanghai' },
      traceRetentionDays: 7,
      recordRetentionDays: 365,
      idempotencyRetentionHours: 24,
      maxBacklog: 2_000_000,
      monitorTickMs: 1000,
      alerts: {
        successRate: { belowPercent: 95, windowMs: 300_000, minSample: 20 },
        meanResponse: { aboveMs: 2000, windowMs: 60_000, minSample: 20 },
        poolUsage: { abovePercent: 90, windowMs: 30_000 },
        backlog: { aboveMessages: 5000, windowMs: 60_000 },
      },
      alertSettleMs: 10_000,
    })
    expect(settings.threadPool('message_sender')).toMatchObject({ core_pool_size: 20, max_pool_size: 100 })
    expect(settings.rateLimits.map((rule) => [rule.resource, rule.max_value])).toEqual([
      ['api:/messages/send', 5000],
      ['api:/messages/send-batch', 50],
      ['api:/unsubscribe', 100],
    ])
  })
})

describe('a change by SQL', () => {
  it('is in force after the next refresh and told once', async () => {
    await edit('threadPools', { pool_name: 'message_sender' }, { core_pool_size: 50, max_pool_size: 200 })
    await edit('rateLimits', { resource: 'api:/messages/send', limit_type: 'qps' }, { max_value: 2000 })
    await edit('system', { key: 'channel.email.unknown_policy' }, { value: 'retry' })
    expect(settings.threadPool('message_sender')).toMatchObject({ core_pool_size: 50, max_pool_size: 200 })
    expect(settings.rateLimits[0]?.max_value).toBe(2000)
    expect(settings.values.unknownPolicy.email).toBe('retry')
    expect(changes).toEqual([2, 3, 4])
    expect(settings.version).toBe(4)
  })

  it('is not looked for in the tables while their revision stands still', async () => {
    const reads = store.reads
    for (let i = 0; i < 5; i++) await settings.refresh()
    expect(store.reads).toBe(reads)
  })

  it.each<[string, 'threadPools' | 'rateLimits' | 'system', Record<string, unknown>, Record<string, unknown>, string]>([
    [
      'a size of 0',
      'threadPools',
      { pool_name: 'message_sender' },
      { core_pool_size: 0 },
      'expected core_pool_size to be at least 1, got 0',
    ],
    [
      'a text for a size',
      'threadPools',
      { pool_name: 'message_sender' },
      { max_pool_size: 'many' },
      'expected max_pool_size to be a number, got "many"',
    ],
    [
      'half a slot',
      'threadPools',
      { pool_name: 'message_sender' },
      { core_pool_size: 1.5 },
      'expected core_pool_size to be an integer, got 1.5',
    ],
    [
      'core above max',
      'threadPools',
      { pool_name: 'message_sender' },
      { core_pool_size: 500 },
      'expected core_pool_size to be at most max_pool_size',
    ],
    [
      'a limit of 0',
      'rateLimits',
      { resource: 'api:/messages/send' },
      { max_value: 0 },
      'expected max_value to be at least 1, got 0',
    ],
    [
      'a limit type that is none',
      'rateLimits',
      { resource: 'api:/messages/send' },
      { limit_type: 'rps' },
      'expected limit_type to be qps or concurrent or sliding_window, got "rps"',
    ],
    [
      'enabled = maybe',
      'rateLimits',
      { resource: 'api:/messages/send' },
      { enabled: 'maybe' },
      'expected enabled to be true, false, 0 or 1, got "maybe"',
    ],
    [
      'too many retries',
      'system',
      { key: 'delivery.max_retries' },
      { value: '11' },
      'expected delivery.max_retries to be an integer from 0 to 10 (retries), got "11"',
    ],
    [
      'NULL',
      'system',
      { key: 'delivery.max_retries' },
      { value: null },
      'expected delivery.max_retries to be an integer from 0 to 10 (retries), got null',
    ],
    [
      'a zone that is none',
      'system',
      { key: 'display.time_zone' },
      { value: 'Mars/Base' },
      'expected display.time_zone to be an IANA time zone or "server", got "Mars/Base"',
    ],
    [
      'a policy that is none',
      'system',
      { key: 'channel.sms.unknown_policy' },
      { value: 'drop' },
      'expected channel.sms.unknown_policy to be hold or retry, got "drop"',
    ],
  ])(
    'with %s is refused: the last good value stays, the row is named once',
    async (_what, table, where, change, message) => {
      const before = { values: settings.values, pools: settings.threadPools, rules: settings.rateLimits }
      await edit(table, where, change)
      expect({ values: settings.values, pools: settings.threadPools, rules: settings.rateLimits }).toEqual(before)
      expect(settings.problems.map((each) => each.message)).toEqual([message])
      expect(changes).toEqual([])
      await edit('system', { key: 'monitor.tick_ms' }, { value: '500' })
      expect(refusals).toHaveLength(1)
      expect(settings.values.monitorTickMs).toBe(500)
    },
  )

  it('keeps the last good value, not the default', async () => {
    await edit('system', { key: 'delivery.max_retries' }, { value: '5' })
    await edit('system', { key: 'delivery.max_retries' }, { value: 'five' })
    expect(settings.values.maxRetries).toBe(5)
    await edit('threadPools', { pool_name: 'notification' }, { core_pool_size: 15 })
    await edit('threadPools', { pool_name: 'notification' }, { core_pool_size: -1 })
    expect(settings.threadPool('notification')?.core_pool_size).toBe(15)
  })

  it('clears its problem when the row is right again, and tells a new one again', async () => {
    const row = { key: 'delivery.max_retries' }
    await edit('system', row, { value: 'x' })
    await edit('system', row, { value: '2' })
    expect(settings.problems).toEqual([])
    await edit('system', row, { value: 'x' })
    expect(refusals).toHaveLength(2)
  })

  it('keeps the provider timeout under half of the lease, whichever of the two is changed', async () => {
    const message = 'expected delivery.provider_timeout_ms to be less than half of delivery.lease_ms (30000), got 15000'
    await edit('system', { key: 'delivery.provider_timeout_ms' }, { value: '15000' })
    expect(settings.values).toMatchObject({ providerTimeoutMs: 10_000, leaseMs: 30_000 })
    expect(settings.problems).toEqual([{ table: 'system_config', row: 'delivery.provider_timeout_ms', message }])
    await edit('system', { key: 'delivery.lease_ms' }, { value: '40000' })
    expect(settings.values).toMatchObject({ providerTimeoutMs: 15_000, leaseMs: 40_000 })
    expect(settings.problems).toEqual([])
  })

  it('with a key that nobody knows is named, and the rest is in force', async () => {
    store.add('system', { key: 'delivery.max_retry', value: '1' })
    await edit('system', { key: 'delivery.max_retries' }, { value: '1' })
    expect(settings.values.maxRetries).toBe(1)
    expect(settings.problems[0]?.message).toBe('expected key to be a known setting, got "delivery.max_retry"')
  })

  it('that deletes rows gives defaults for pools and values, and lifts limits', async () => {
    await edit('threadPools', { pool_name: 'message_sender' }, { core_pool_size: 50 })
    await edit('threadPools', { pool_name: 'message_sender' }, null)
    await edit('system', { key: 'delivery.max_retries' }, null)
    await edit('rateLimits', { resource: 'api:/messages/send' }, null)
    expect(settings.threadPool('message_sender')?.core_pool_size).toBe(20)
    expect(settings.values.maxRetries).toBe(3)
    expect(settings.rateLimits.map((rule) => rule.resource)).toEqual(['api:/messages/send-batch', 'api:/unsubscribe'])
    expect(settings.problems).toEqual([])
  })
})

describe('set', () => {
  it('writes a value that is in force when it settles', async () => {
    await settings.set('display.time_zone', 'Asia/Shanghai')
    expect(settings.values.timeZone).toBe('Asia/Shanghai')
    expect(changes).toHaveLength(1)
  })

  it.each([
    ['no.such.key', '1'],
    ['delivery.max_retries', '-1'],
    ['delivery.lease_ms', '20000'],
    ['delivery.retry_cap_ms', '1999'],
  ])('refuses %s = %s and writes nothing', async (key, value) => {
    await expect(settings.set(key, value)).rejects.toMatchObject({ reason: 'invalid' })
    expect(await store.revision()).toBe(1)
  })

  it('refuses a key whose row is gone', async () => {
    store.edit('system', { key: 'monitor.tick_ms' }, null)
    await expect(settings.set('monitor.tick_ms', '500')).rejects.toMatchObject({ reason: 'invalid' })
  })
})
