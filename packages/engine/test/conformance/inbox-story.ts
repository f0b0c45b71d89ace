import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE, nextId, settled, T0, useDriver, type OpenDriver } from './support.ts'

type Step =
  | { kind: 'put'; user: number; keepAtMost: number; minutes: number }
  | { kind: 'delivered'; user: number; upTo: number }
  | { kind: 'read'; user: number; seq: number }
  | { kind: 'expire'; limit: number }
  | { kind: 'wait'; minutes: number }
  | { kind: 'restart' }

const user = fc.nat(1)
const seq = fc.integer({ min: 1, max: 8 })
const minutes = fc.integer({ min: 1, max: 5 })
const put = fc.record({ kind: fc.constant('put' as const), user, keepAtMost: fc.integer({ min: 1, max: 4 }), minutes })
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: put },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delivered' as const), user, upTo: seq }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), user, seq }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('expire' as const), limit: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  ),
  { minLength: 3, maxLength: 20 },
)

/** What an inbox is, in the plainest words. */
class Model {
  entries: { user: string; seq: number; id: number; expiresAt: number; read: boolean }[] = []
  states = new Map<number, string>()
  last = new Map<string, number>()
  taken = new Map<string, number>()

  put(name: string, id: number, expiresAt: number, keepAtMost: number): void {
    const next = (this.last.get(name) ?? 0) + 1
    this.last.set(name, next)
    this.states.set(id, 'sent')
    this.entries.push({ user: name, seq: next, id, expiresAt, read: false })
    this.remove((entry) => entry.user === name && entry.seq <= next - keepAtMost)
  }

  delivered(name: string, upTo: number): void {
    const to = Math.min(upTo, this.last.get(name) ?? 0)
    for (const { user: of, seq: at, id } of this.entries) {
      if (of === name && at <= to && this.states.get(id) === 'sent') this.states.set(id, 'delivered')
    }
    this.taken.set(name, Math.max(to, this.taken.get(name) ?? 0))
  }

  read(name: string, at: number): void {
    const entry = this.entries.find((each) => each.user === name && each.seq === at)
    if (!entry) return
    entry.read = true
    this.states.set(entry.id, 'read')
  }

  remove(goes: (entry: Model['entries'][number]) => boolean): void {
    for (const entry of this.entries.filter(goes)) {
      if (this.states.get(entry.id) === 'sent') this.states.set(entry.id, 'failed')
    }
    this.entries = this.entries.filter((entry) => !goes(entry))
  }
}

export function exerciseInboxStory(open: OpenDriver): void {
  describe('any story of an inbox', () => {
    const driver = useDriver(open)

    it('gives each user every entry once, by its number, and each message what became of it', async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (story) => {
          const model = new Model()
          // Users of their own, so that stories keep apart. Entries of others must not expire: time goes on only here.
          const names = [`a${nextId()}`, `b${nextId()}`] as const
          let now = T0
          for (const step of story) await play(step)

          for (const name of names) {
            const left = model.entries.filter((entry) => entry.user === name && entry.expiresAt > now)
            const page = await driver.store.inbox.after(name, 0, 100, now)
            expect(page.entries.map((entry) => [entry.seq, entry.recordId, entry.read])).toEqual(
              left.map((entry) => [entry.seq, entry.id, entry.read]),
            )
            expect([page.lastSeq, page.upTo]).toEqual([model.last.get(name) ?? 0, model.last.get(name) ?? 0])
          }
          for (const [id, state] of model.states) {
            expect((await driver.store.messages.get(id))?.state).toBe(state)
          }

          async function play(step: Step): Promise<void> {
            const { inbox } = driver.store
            if (step.kind === 'wait') now += step.minutes * MINUTE
            else if (step.kind === 'restart') await driver.reopen()
            else if (step.kind === 'expire') {
              // Until nothing is left of it: what goes first among equals is not said.
              while ((await inbox.expire(now, step.limit)).removed >= step.limit);
              model.remove((entry) => entry.expiresAt <= now)
            } else {
              const name = names[step.user] as string
              if (step.kind === 'put') {
                const { id } = await settled(driver.store, 'sent')
                const expiresAt = now + step.minutes * MINUTE
                const entry = { recordId: id, user: name, title: null, text: 'x', expiresAt, ackTimeoutMs: 1_000 }
                await inbox.put({ ...entry, keepAtMost: step.keepAtMost }, now)
                model.put(name, id, expiresAt, step.keepAtMost)
              } else if (step.kind === 'delivered') {
                await inbox.delivered(name, step.upTo, 'phone', now)
                model.delivered(name, step.upTo)
              } else {
                await inbox.read(name, [step.seq], 'phone', now)
                model.read(name, step.seq)
              }
            }
          }
        }),
        { numRuns: 15 },
      )
    })
  })
}
