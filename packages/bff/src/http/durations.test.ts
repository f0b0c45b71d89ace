import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createDurations } from './durations.ts'

const call = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  route: fc.constantFrom('/api/messages/send', '/health', 'unmatched'),
  status: fc.constantFrom(200, 202, 422),
  // Eighths of a millisecond: sums are exact, and some stand on a bound.
  ms: fc.integer({ min: 0, max: 100_000 }).map((eighths) => eighths / 8),
})

it('tells durations as the client library of Prometheus does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call), async (calls) => {
      const registry = new Registry()
      const theirs = new Histogram({
        name: 'duration_seconds',
        help: 'Time',
        labelNames: ['method', 'route', 'status'],
        buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        registers: [registry],
      })
      const ours = createDurations('duration_seconds', 'Time')
      for (const { method, route, status, ms } of calls) {
        theirs.observe({ method, route, status }, ms / 1000)
        ours.observe(method, route, status, ms)
      }
      expect(parsed(ours.text())).toEqual(parsed(await registry.metrics()))
    }),
  )
})

/** Lines in one order, sums to a billionth: one adds milliseconds, the other seconds. */
function parsed(text: string): (string | number)[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = line, value] = /^(\S+\{.*\}) (\S+)$/.exec(line) ?? []
      return value === undefined ? [name] : [name, Number(Number(value).toFixed(9))]
    })
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
}
