/**
 * What providers send to us on their own: receipts, and what people answer. The adapter reads and authenticates them; here each finds its message.
 *
 * A receipt counts only for a message that went through that very service: who knows one account's secret says nothing
 * about another's. A repeat is answered as the first was and written no second time (for 15 minutes by what it says, after that
 * there is one row per message, time and state); states only move forward, so that a late receipt takes nothing back.
 */
import type { RawRequest, ReceiptEvent, ReportedReceipt } from '@signalbox/channels/adapter'
import type { Clock } from '../clock.ts'
import type { Events } from '../events.ts'
import type { ServiceRegistry } from '../services/registry.ts'
import type { Suppressions } from '../suppressions/suppressions.ts'
import { createAnswers } from './answers.ts'
import type { Messages } from './messages.ts'
import type { MessageRecord } from './record.ts'
import { keyOf, REMEMBERED_MS, type CallbackAnswer, type CallbackReply, type ReplayStore } from './replays.ts'

export type { CallbackReply }

export interface Callbacks {
  /**
   * The provider's reply, when every receipt is on disk. Null when there is no such service, or its adapter takes nothing.
   * Rejects when it could not be written: the provider has to come again.
   */
  receive(serviceId: number, request: RawRequest): Promise<CallbackReply | null>
  /**
   * Fetches what lies ready for services whose receipts have to be fetched. Rejects with what went wrong at one of them when all
   * have been looked at; the same trouble again is not told again.
   */
  collect(): Promise<void>
}

export interface CallbacksDeps {
  services: Pick<ServiceRegistry, 'known' | 'list'>
  replays: ReplayStore
  messages: Pick<Messages, 'get' | 'search'>
  suppressions: Pick<Suppressions, 'add' | 'lift'>
  events: Events
  clock: Clock
  /** A record changed on disk. */
  changed: (record: MessageRecord) => void
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

/** How long a receipt waits for the answer to the call that it belongs to, before the provider is asked to come again. */
const EARLY_MS = 1_000
/** Of one recipient, newest first: a receipt is for one of the last. */
const LOOK_BACK = 50
const COME_AGAIN: CallbackReply = { status: 503, type: 'text/plain; charset=utf-8', body: 'come again' }

export function createCallbacks(deps: CallbacksDeps): Callbacks {
  const { services, messages, suppressions, replays, events, clock, log } = deps
  const obey = createAnswers(deps)

  /** `early`: it may be for a message whose provider has not answered yet, so that its id is not known. */
  async function find(receipt: ReportedReceipt, serviceId: number): Promise<MessageRecord | 'early' | null> {
    if ('recordId' in receipt) {
      const record = await messages.get(receipt.recordId)
      return record?.serviceId === serviceId ? record : null
    }
    const { recipient, providerId } = receipt
    const { messages: latest } = await messages.search({ recipient, serviceId, limit: LOOK_BACK })
    const found = latest.find((record) => record.providerId === providerId)
    if (found) return found
    const sending = latest.find(({ state }) => state === 'sending')
    return sending ? 'early' : null
  }

  /** Answers of providers to this service, from now on: what comes between two looks is not missed. */
  function answersTo(serviceId: number) {
    let answered = false
    let wake: () => void = () => undefined
    const off = events.on('message:changed', (record) => {
      if (record.serviceId !== serviceId || record.state === 'sending') return
      answered = true
      wake()
    })
    return {
      /** Resolves with the next one, at once when there was one since the last call, or after `ms`. */
      async next(ms: number): Promise<void> {
        if (!answered) {
          await new Promise<void>((resolve) => {
            const cancel = clock.after(ms, resolve)
            wake = () => {
              cancel()
              resolve()
            }
          })
        }
        answered = false
      },
      off,
    }
  }

  /** As `find`, waiting for a while where it is early. */
  async function findInTime(receipt: ReportedReceipt, serviceId: number): Promise<MessageRecord | 'early' | null> {
    const deadline = clock.monotonic() + EARLY_MS
    const answers = answersTo(serviceId)
    try {
      for (;;) {
        const found = await find(receipt, serviceId)
        const msLeft = deadline - clock.monotonic()
        if (found !== 'early' || msLeft <= 0) return found
        await answers.next(msLeft)
      }
    } finally {
      answers.off()
    }
  }

  /** For its message, once what follows for the recipient is on disk: only then is a repeat of it not looked at. */
  async function read(receipt: ReportedReceipt, serviceId: number): Promise<ReceiptEvent | 'dropped' | 'early'> {
    const found = 'recordId' in receipt ? await find(receipt, serviceId) : await findInTime(receipt, serviceId)
    if (found === 'early') return 'early'
    if (!found) return 'dropped'
    const { state, at, code, detail, suppress: reason } = receipt
    const said = { ...(code === undefined ? {} : { code }), ...(detail === undefined ? {} : { detail }) }
    const { id, channel, recipient } = found
    if (reason) await suppressions.add({ channel, recipient, reason, detail: code ?? null, recordId: id })
    return { recordId: id, state, at, ...said }
  }

  /** Writes those that found their message, with the answer when nothing else is to come of the same. */
  async function take(
    receipts: readonly ReportedReceipt[],
    serviceId: number,
    answer: CallbackAnswer | null,
  ): Promise<{ dropped: number; early: number }> {
    const all = await Promise.all(receipts.map((receipt) => read(receipt, serviceId)))
    const found = all.filter((each) => typeof each !== 'string')
    const early = all.filter((each) => each === 'early').length
    const dropped = all.length - found.length - early
    const isWhole = dropped + early === 0
    if (found.length > 0 || (answer && isWhole)) {
      const told = await replays.take(found, isWhole ? answer : null, clock.now())
      for (const each of told) if (each?.moved) deps.changed(each.record)
    }
    return { dropped, early }
  }

  /** What went wrong at each service when it was last looked at. */
  const troubles = new Map<number, string>()

  async function collectFor(serviceId: number): Promise<void> {
    const service = services.known(serviceId)
    try {
      await service?.adapter.collect?.(service.settings, service.context, async (receipts) => {
        await take(receipts, serviceId, null)
      })
      troubles.delete(serviceId)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      if (troubles.get(serviceId) === said) return
      troubles.set(serviceId, said)
      throw new Error(`receipts of ${service?.record.name ?? serviceId} cannot be fetched: ${said}`, { cause: error })
    }
  }

  return {
    async collect() {
      const looks = await Promise.allSettled(services.list().map(({ id }) => collectFor(id)))
      const failed = looks.find((look) => look.status === 'rejected')
      if (failed) throw failed.reason as Error
    },
    async receive(serviceId, request) {
      const service = services.known(serviceId)
      if (!service?.adapter.parseReceipt) return null
      const told = await service.adapter.parseReceipt(request, service.settings, service.context)
      const { auth, events: receipts, reply } = told
      const named = { service: service.record.name }
      if (auth === 'rejected') {
        log.warn(named, 'callback: refused, it does not come from the provider')
        return reply
      }
      const key = keyOf(serviceId, request)
      const answered = await replays.answered(key, clock.now() - REMEMBERED_MS)
      if (answered) return answered
      const obeyed = await obey(service, told)
      const { dropped, early } = await take(receipts, serviceId, receipts.length + obeyed > 0 ? { key, reply } : null)
      if (dropped > 0) log.info({ ...named, dropped }, 'callback: receipts for nothing that was sent by this service')
      return early > 0 ? COME_AGAIN : reply
    },
  }
}
