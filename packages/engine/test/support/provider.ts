import type {
  ChannelAdapter,
  Delivery,
  Found,
  Outcome,
  PastAttempt,
  ReceiptEvent,
  ReceiptReply,
  ReportedReceipt,
} from '@signalbox/channels/adapter'
import { CHANNELS } from '@signalbox/contracts'

interface Payload {
  subject: string | null
  text: string
}

export interface ProviderCall {
  recordId: number
  /** The name of the one that was asked. */
  service: string
  to: string
  subject: string | null
  text: string
  idempotencyKey: string
  answer(outcome: Outcome): void
}

export const ACCEPTED: Outcome = { status: 'accepted', providerId: 'p-1', final: true }
export const AWAITING_RECEIPT: Outcome = { status: 'accepted', providerId: 'p-1', final: false }
export const DOWN: Outcome = {
  status: 'failed',
  category: 'provider_down',
  scope: 'provider',
  code: '503',
  detail: 'unavailable',
}
export const LOCKED_OUT: Outcome = {
  status: 'failed',
  category: 'auth',
  scope: 'account',
  code: '401',
  detail: 'wrong key',
}
/** As `LOCKED_OUT`, for good. */
export const REMOVED: Outcome = {
  ...{ status: 'failed', category: 'config', scope: 'account', code: '410', detail: 'the bot was removed' },
  endsAccount: true,
}
export const REJECTED: Outcome = {
  status: 'failed',
  category: 'invalid_recipient',
  scope: 'recipient',
  code: '550',
  detail: 'no such recipient',
}
export const TIMED_OUT: Outcome = { status: 'unknown', code: 'timeout', detail: 'no answer' }

/** The far end of the tests: a provider in this process that answers as the test says. */
export interface Provider {
  adapter: ChannelAdapter<object, string, Payload>
  /** The same provider, each service of which takes the recipient `group` of its settings alone. */
  bot: ChannelAdapter<{ group: string }, string, Payload>
  calls: readonly ProviderCall[]
  /** The same provider, which can tell afterwards what became of a message; with `poll` in the settings it sends no receipts. */
  looker: ChannelAdapter<{ poll?: boolean }, string, Payload>
  /** What it was asked. */
  looks: readonly PastAttempt[]
  /** It answers so when it is asked, until told otherwise. Default: unknown. */
  findWith(found: Found | (() => Promise<Found>)): void
  /** Resolves when it was asked so many times in all. */
  looked(times: number): Promise<void>
  /** Every call from now on is answered so, until told otherwise. Default: ACCEPTED. */
  answerWith(outcome: Outcome | ((call: ProviderCall) => Outcome)): void
  /** Calls from now on wait for the test to answer them. */
  hold(): void
  /** Resolves when the provider has been called so many times in all. */
  called(times: number): Promise<void>
  receipt(event: ReceiptEvent): void
  /** Receipts that lie ready to be fetched; an error: what fetching them ends with. */
  readonly mailbox: (ReportedReceipt | Error)[]
}

export function createProvider(): Provider {
  const calls: ProviderCall[] = []
  const waiting: { times: number; resolve: () => void }[] = []
  const looks: PastAttempt[] = []
  const watching: { times: number; resolve: () => void }[] = []
  let find = (): Promise<Found> => Promise.resolve({ status: 'unknown', code: 'later', detail: 'not yet' })
  let answer: ((call: ProviderCall) => Outcome) | null = () => ACCEPTED
  const mailbox: (ReportedReceipt | Error)[] = []
  let deliver: ((event: ReceiptEvent) => void) | null = null

  function take(delivery: Delivery<string, Payload>, service: string): Promise<Outcome[]> {
    return new Promise((resolve) => {
      const call: ProviderCall = {
        recordId: delivery.recordId,
        service,
        to: delivery.to[0] as string,
        ...delivery.payload,
        idempotencyKey: delivery.idempotencyKey,
        answer: (outcome) => resolve([outcome]),
      }
      calls.push(call)
      if (answer) call.answer(answer(call))
      for (const each of waiting) if (calls.length >= each.times) each.resolve()
    })
  }

  const adapter: Provider['adapter'] = {
    key: 'test.provider',
    channels: CHANNELS,
    settings: () => ({ ok: true, value: {} }),
    capabilities: () => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: 'push',
      lookup: false,
      limits: [],
      ttl: false,
    }),
    validateRecipient: (raw) =>
      typeof raw === 'string' && !raw.includes(' ')
        ? { ok: true, to: raw, canonical: raw }
        : { ok: false, reason: `expected a recipient without spaces, got ${JSON.stringify(raw)}` },
    prepare: (content) => ({ ok: true, payload: { subject: content.subject, text: content.text } }),
    /** The body is the list of events as it is, or events, replies and followings; the token has to be `good`. */
    async parseReceipt({ token, body }) {
      if (token !== 'good')
        return { auth: 'rejected', events: [], reply: { status: 403, type: 'text/plain', body: 'no' } }
      const read = JSON.parse(Buffer.from(body).toString('utf8')) as ReportedReceipt[] | Partial<ReceiptReply>
      const told = Array.isArray(read) ? { events: read } : { events: [], ...read }
      return { auth: 'secret_url', ...told, reply: { status: 200, type: 'text/plain', body: 'thanks' } }
    },
    async collect(_settings, _context, take) {
      for (let next = mailbox[0]; next !== undefined; next = mailbox[0]) {
        if (next instanceof Error) throw next
        await take([next])
        mailbox.shift()
      }
    },
    send(delivery, _settings, context) {
      deliver = (event) => context.receipt(event)
      return take(delivery, context.service.name)
    },
  }

  return {
    calls,
    mailbox,
    adapter,
    looker: {
      ...adapter,
      key: 'test.looker',
      settings: (raw) => ({ ok: true, value: raw as { poll?: boolean } }),
      capabilities: ({ poll }) => ({ ...adapter.capabilities({}), lookup: true, receipt: poll ? 'poll' : 'push' }),
      reconcile(attempt) {
        looks.push(attempt)
        for (const each of watching) if (looks.length >= each.times) each.resolve()
        return find()
      },
    },
    looks,
    findWith(found) {
      find = typeof found === 'function' ? found : () => Promise.resolve(found)
    },
    looked: (times) =>
      looks.length >= times ? Promise.resolve() : new Promise((resolve) => watching.push({ times, resolve })),
    bot: {
      ...adapter,
      key: 'test.bot',
      recipientsDiffer: true,
      settings: (raw) => ({ ok: true, value: raw as { group: string } }),
      validateRecipient: (raw, _channel, { group }) =>
        raw === group
          ? { ok: true, to: group, canonical: group }
          : { ok: false, reason: `expected ${group}, got ${JSON.stringify(raw)}` },
    },
    answerWith(outcome) {
      answer = typeof outcome === 'function' ? outcome : () => outcome
    },
    hold() {
      answer = null
    },
    called: (times) =>
      calls.length >= times ? Promise.resolve() : new Promise((resolve) => waiting.push({ times, resolve })),
    receipt(event) {
      if (!deliver) throw new Error('expected a message to have been sent before its receipt')
      deliver(event)
    },
  }
}
