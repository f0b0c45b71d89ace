/** What a worker that was thought dead may still write: nothing under a stale fence, and of an `unknown` only its end. */
import { createEngine, type MessageRecord } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultResult } from '../fault.ts'
import { NO_TALLY } from '../rig/judge.ts'
import type { Driver } from './crash.ts'
import { faultHttp } from './fault-http.ts'

type Store = Awaited<ReturnType<Driver['open']>>

/** Half of the messages are sent again meanwhile, half are held as unknown. */
export async function staleFences(count: number): Promise<FaultResult> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-fences-'))
  let store: Store | undefined
  const inner = embedded({ folder })
  const driver: Driver = { ...inner, open: async (options) => (store = await inner.open(options)) }
  const engine = await createEngine({ driver, adapters: [faultHttp()] })
  const violations: string[] = []
  let refused = 0
  try {
    const { id: templateId } = await engine.templates.create({ name: 't', channel: 'sms', content: 'hello' })
    for (let i = 0; i < count; i++) {
      const { id } = await engine.messages.accept({ templateId, recipient: `ok.${i}`, variables: {} })
      const problems = await writeStale((store as Store).messages, id, i % 2 === 0 ? 'retry' : 'hold')
      if (problems.length === 0) refused += 1
      violations.push(...problems)
    }
    const { balanced } = await engine.stats.conservation({ deep: true })
    if (!balanced) violations.push('expected the conservation check to add up after stale results')
  } finally {
    await engine.stop({ deadlineMs: 0 })
    rmSync(folder, { recursive: true, force: true })
  }
  const tally = { ...NO_TALLY, attempts: count, acknowledged: count }
  return { tally, violations, notes: [`results under ${refused} of ${count} stale fences refused`] }
}

async function writeStale(messages: Store['messages'], id: number, policy: 'hold' | 'retry'): Promise<string[]> {
  const entry = { queue: 'message.send', priority: 5, lane: 'sms/api', id } as const
  const first = await claim(messages, entry)
  const policies = { sms: policy, email: policy, app: policy, wechat: policy, feishu: policy } as const
  await messages.recover(policies, Date.now())
  const second = policy === 'retry' ? await claim(messages, entry) : first
  const problems: string[] = []
  const expectNothing = (what: string, written: unknown) => {
    if (written !== null) problems.push(`expected ${what} of message ${id} to be refused, got it written`)
  }
  expectNothing('a result under a stale fence', await messages.settle(resultOf(first)))
  const late = { id, state: 'sent', providerId: 'late', errorCode: null, errorMessage: null, now: Date.now() } as const
  expectNothing('a late result of another fence', await messages.resolveLate({ ...late, fence: first.fence - 1 }))
  if (policy === 'retry') {
    expectNothing('a late result of the fence before', await messages.resolveLate({ ...late, fence: first.fence }))
    if ((await messages.settle(resultOf(second)))?.state !== 'sent') problems.push(`expected message ${id} to be sent`)
    return problems
  }
  if ((await messages.resolveLate({ ...late, fence: first.fence }))?.state !== 'sent') {
    problems.push(`expected the late result to resolve the unknown message ${id}`)
  }
  expectNothing('a second late result', await messages.resolveLate({ ...late, state: 'failed', fence: first.fence }))
  return problems
}

type Entry = Parameters<Store['messages']['claim']>[0]['entry']

/** The engine that accepted it has its place in memory alone, or the store has put it back. */
async function claim(messages: Store['messages'], entry: Entry): Promise<MessageRecord> {
  const claimed = await messages.claim({ entry, resident: true, serviceId: 1, now: Date.now() })
  if (claimed.kind !== 'claimed') throw new Error(`expected to claim message ${entry.id}, got ${claimed.kind}`)
  return claimed.record
}

function resultOf(record: MessageRecord): Parameters<Store['messages']['settle']>[0] {
  return {
    ...{ record, state: 'sent', providerId: 'p', errorCode: null, errorMessage: null, retry: null },
    ...{ responseMs: 1, nodes: [], now: Date.now() },
  }
}
