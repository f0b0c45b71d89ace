/** What the list of messages asks, filter by filter: its first page, a page far back, and all of it as CSV. */
import type { Engine, MessageQuery } from '../../../packages/engine/src/index.ts'
import { csvLine } from '../../../packages/bff/src/present/csv.ts'
import { presentMessage } from '../../../packages/bff/src/present/message.ts'
import { createView } from '../../../packages/bff/src/present/view.ts'
import { lookedThrough } from '../../../packages/bff/src/routes/messages.ts'
import { RECIPIENTS } from './recipients.ts'
import { COMMON, RARE } from './shape.ts'

export interface ListFacts {
  templateId: number
  taskId: number
  /** Epoch ms of the first and the last message. */
  from: number
  to: number
}

/** Processor ms of the whole process, all its threads. */
export interface ListTimes {
  pages: Record<string, number[]>
  csvRowsPerSecond: number
}

const PAGE = 50
const FAR_BACK = 99
const CSV_ROWS = 20_000
const CSV_PAGE = 500

export async function timeLists(engine: Engine, facts: ListFacts, repeats: number): Promise<ListTimes> {
  const pages: Record<string, number[]> = {}
  for (const [name, query] of Object.entries(queriesOf(facts))) {
    const before = await farBack(engine, query)
    pages[name] = await times(engine, query, repeats)
    if (before !== null) pages[`${name}, page 100`] = await times(engine, { ...query, before }, repeats)
  }
  return { pages, csvRowsPerSecond: await csvRate(engine) }
}

function queriesOf({ templateId, taskId, from, to }: ListFacts): Record<string, Partial<MessageQuery>> {
  const middle = (from + to) / 2
  const hour = { from: middle, to: middle + 3_600_000 }
  const [common, rare] = [templateId + COMMON.templateId, templateId + RARE.templateId]
  return {
    'no filter': {},
    'state sent': { status: 'sent' },
    'state failed': { status: 'failed' },
    'state failed or expired': { status: ['failed', 'expired'] },
    'state unknown': { status: 'unknown' },
    'state queued (none)': { status: 'queued' },
    'channel sms': { channel: COMMON.channel },
    'channel wechat (rare)': { channel: RARE.channel },
    'template of a quarter': { templateId: common },
    'template (rare)': { templateId: rare },
    'task in the middle': { taskId },
    'service of a fifth': { serviceId: COMMON.serviceId },
    'service (rare)': { serviceId: RARE.serviceId },
    'error code': { error: COMMON.error },
    'error code (rare)': { error: RARE.error },
    'part of an error (none)': { error: 'nothing like this' },
    'an hour in the middle': hour,
    'recipient with 4': { recipient: RECIPIENTS.few },
    'recipient with every 50th': { recipient: RECIPIENTS.many },
    'recipient (none)': { recipient: RECIPIENTS.none },
    'failed, sms, an hour': { status: 'failed', channel: COMMON.channel, ...hour },
    'failed, rare template': { status: 'failed', templateId: rare },
    'sent, rare service': { status: 'sent', serviceId: RARE.serviceId },
    'rare channel, rare service': { channel: RARE.channel, serviceId: RARE.serviceId },
    'template of a quarter, rare service': { templateId: common, serviceId: RARE.serviceId },
    'recipient with every 50th, failed': { recipient: RECIPIENTS.many, status: 'failed' },
    'task, failed': { taskId, status: 'failed' },
  }
}

const search = (engine: Engine, query: Partial<MessageQuery>, limit = PAGE) =>
  engine.messages.search({ ...query, limit, scan: lookedThrough(query) })

/** Where the 100th page begins, those counted that looked through as many as they may; null where there are not so many. */
async function farBack(engine: Engine, query: Partial<MessageQuery>): Promise<number | null> {
  let before: number | null = null
  for (let page = 0; page < FAR_BACK; page++) {
    const found = await search(engine, before === null ? query : { ...query, before })
    if (found.nextBefore === null) return null
    before = found.nextBefore
  }
  return before
}

async function times(engine: Engine, query: Partial<MessageQuery>, repeats: number): Promise<number[]> {
  const measured: number[] = []
  for (let i = 0; i < repeats; i++) {
    const begun = process.cpuUsage()
    await search(engine, query)
    const { user, system } = process.cpuUsage(begun)
    measured.push((user + system) / 1000)
  }
  return measured
}

/** Rows per second of processor time, from the store to the line of text. */
async function csvRate(engine: Engine): Promise<number> {
  const view = await createView(engine)
  const begun = process.cpuUsage()
  let rows = 0
  let bytes = 0
  for (let before: number | null | undefined; before !== null && rows < CSV_ROWS;) {
    const page = await search(engine, before === undefined ? {} : { before }, CSV_PAGE)
    bytes += page.messages.map((record) => csvLine(presentMessage(record, view))).join('').length
    rows += page.messages.length
    before = page.nextBefore
  }
  const { user, system } = process.cpuUsage(begun)
  view.names.close()
  if (bytes === 0) throw new Error('expected rows to write as CSV, got none')
  return rows / ((user + system) / 1e6)
}
