import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, shallowRef, type EffectScope } from 'vue'
import { standAt } from '../../../test/support/address.ts'
import { stats } from '../../../test/support/figures.ts'
import { useRewind } from './useRewind.ts'

const NOW = Date.parse('2025-11-21T10:00:00.000+08:00')
const MINUTE = 60_000

let http: Server
/** Moments that were fetched, in minutes before now. */
let fetched: number[]
let recorded: boolean
let scope: EffectScope

beforeAll(async () => {
  http = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://wall')
    const reply = (data: unknown) => response.end(JSON.stringify({ code: 0, message: 'ok', data }))
    if (url.pathname.endsWith('/index')) return reply(index())
    const at = url.searchParams.get('at') ?? ''
    fetched.push((NOW - Date.parse(at)) / MINUTE)
    if (recorded) return reply({ at, source: 'recorded', missing: [], range: 'today', ...SHOWN })
    response.statusCode = 404
    const details = { error: 'moment_not_found' }
    return response.end(JSON.stringify({ code: 40407, message: 'expected a moment that was recorded', details }))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/monitor`
  standAt(url)
})
afterAll(() => http.close())
beforeEach(() => {
  fetched = []
  recorded = true
  scope = effectScope()
})
afterEach(() => scope.stop())

const SHOWN = { time_zone: 'Asia/Shanghai', stats: stats(), feed: [] }

/** A frame a minute. */
function index() {
  const at_s = Array.from({ length: 60 }, (_, i) => i * 60)
  const zeros = at_s.map(() => 0)
  return {
    ...{ from: '2025-11-21T09:00:00.000+08:00', to: '2025-11-21T10:00:00.000+08:00', bytes: 0, max_bytes: 0 },
    frames: { at_s, recorded: at_s.map(() => 1), ended: zeros, failed: zeros, alert: at_s.map(() => 'ok') },
  }
}

function open() {
  const rewind = scope.run(() => useRewind(shallowRef(NOW)))
  if (!rewind) throw new Error('expected a running scope, got a stopped one')
  return rewind
}
const shown = (rewind: ReturnType<typeof open>) =>
  rewind.frame.value && (NOW - Date.parse(rewind.frame.value.at)) / MINUTE

describe('rewinding', () => {
  it('shows the last moment at or before the one that was asked for, and goes back to live', async () => {
    const rewind = open()
    await rewind.goTo(NOW - 8.4 * MINUTE)
    expect(shown(rewind)).toBe(9)
    rewind.backToLive()
    expect([rewind.frame.value, rewind.wanted.value]).toEqual([null, null])
  })

  it('goes no further back than an hour, and forward beyond now is live', async () => {
    const rewind = open()
    await rewind.goTo(NOW - 500 * MINUTE)
    expect(shown(rewind)).toBe(60)
    rewind.step(90 * MINUTE)
    expect(rewind.frame.value).toBeNull()
  })

  it('fetches, of a drag, where it is now and not every place it passed; and no moment twice', async () => {
    const rewind = open()
    await rewind.goTo(NOW - 5 * MINUTE)
    for (const minutes of [10, 15, 20, 25, 30]) void rewind.goTo(NOW - minutes * MINUTE)
    await vi.waitFor(() => expect(shown(rewind)).toBe(30))
    expect(fetched.length).toBeLessThan(5)
    const before = fetched.length
    await rewind.goTo(NOW - 5 * MINUTE)
    expect(shown(rewind)).toBe(5)
    expect(fetched).toHaveLength(before)
  })

  it('says when a moment cannot be had, and stays where it was', async () => {
    const rewind = open()
    await rewind.goTo(NOW - 5 * MINUTE)
    recorded = false
    await rewind.goTo(NOW - 7 * MINUTE)
    expect(rewind.error.value?.name).toBe('moment_not_found')
    expect(shown(rewind)).toBe(5)
  })
})
