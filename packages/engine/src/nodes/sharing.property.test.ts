import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entry, put, sharingCluster, type SharingNode } from '../../test/support/sharing-cluster.ts'
import { FREED } from './sharing.ts'

const NODES = ['api', 'a', 'b'] as const
const node = fc.constantFrom(...NODES)

const move = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('accept' as const),
      on: node,
      count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 700 })),
      priority: fc.constantFrom(0, 5, 10),
      lane: fc.constantFrom('sms/a', 'sms/b', 'email/a'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('send' as const), on: node, count: fc.integer({ min: 1, max: 600 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(50, 1_000, 3_000, 11_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('bring' as const, 'lose' as const, 'up' as const, 'down' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('silent' as const, 'heard' as const, 'told' as const), on: node }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('close' as const, 'open' as const),
      on: node,
      gate: fc.constantFrom('sms', 'email'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
)

describe('what nodes share, over any story', () => {
  it('is sent once, whatever the broker loses or brings twice, whoever ends, and leaves nothing lying', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 20 }), async (moves) => {
        const { node: join, owners, broker, pass } = sharingCluster()
        const nodes: Record<(typeof NODES)[number], SharingNode> = {
          api: join(1, { works: false }),
          a: join(2),
          b: join(3),
        }
        for (const { sharing } of Object.values(nodes)) sharing.start()
        let nextId = 1
        let killed = false
        for (const made of moves) {
          switch (made.kind) {
            case 'accept': {
              if (made.on === 'b' && killed) break
              const { sharing, window } = nodes[made.on]
              const some = Array.from({ length: made.count }, () => entry(nextId++, made.priority, made.lane))
              const owns = sharing.hasRoom(some)
              put(owners, some, owns ? NODES.indexOf(made.on) + 1 : 0)
              if (owns) for (const each of some) window.push(each)
              else sharing.handOver(some)
              break
            }
            case 'send':
              nodes[made.on].send(made.count)
              break
            case 'pass':
              await pass(made.ms)
              break
            case 'bring':
              await broker.bring()
              break
            case 'lose':
              broker.published.length = 0
              break
            case 'up':
            case 'down':
              broker.isUp = made.kind === 'up'
              break
            case 'silent':
            case 'heard':
              if (made.on !== 'b' || !killed) nodes[made.on].may(made.kind === 'heard')
              break
            case 'told':
              nodes[made.on].hears(FREED)
              break
            case 'close':
            case 'open':
              nodes[made.on].window[made.kind](made.gate)
              break
            case 'kill':
              if (!killed) await nodes.b.kill()
              killed = true
              break
          }
        }
        const left = killed ? [nodes.a] : [nodes.a, nodes.b]
        for (const { window, may } of left) {
          may(true)
          for (const gate of ['sms', 'email']) window.open(gate)
        }
        for (let rounds = 0; owners.size > 0 && rounds < 1_000; rounds++) {
          await pass(200)
          for (const each of left) each.send(100)
        }
        expect(owners.size).toBe(0)
        const sent = Object.values(nodes).flatMap((each) => each.sent)
        expect(sent.toSorted((x, y) => x - y)).toEqual(Array.from({ length: nextId - 1 }, (_, i) => i + 1))
        for (const { sharing } of Object.values(nodes)) await sharing.stop()
      }),
      { numRuns: 200 },
    )
  }, 120_000)
})
