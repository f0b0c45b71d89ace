/**
 * The port between the engine and a provider. Types only: the engine imports this file and nothing else of the package.
 *
 * An adapter speaks one provider's protocol. It never retries, never queues, keeps no message state: what an outcome
 * means for the message (retry, dead letter, pause) is decided above it from `category` and `scope`.
 */
import type { Channel, Purpose, SettingsNode, SuppressionReason } from '@signalbox/contracts'

export type FailureCategory =
  | 'rate_limited'
  | 'invalid_recipient'
  | 'unsubscribed'
  | 'auth'
  | 'quota'
  | 'template'
  | 'content'
  | 'provider_down'
  | 'config'

/** How far a failure reaches: only this message, this recipient, the whole account, or the provider. */
export type FailureScope = 'message' | 'recipient' | 'account' | 'provider'

export type Outcome =
  /** The provider took it. `final`: no receipt will ever come, `sent` is as far as it goes. */
  | { status: 'accepted'; providerId?: string; segments?: number; final: boolean }
  /** Certain not to have been sent: an error before the first byte, or an explicit rejection. */
  | {
      status: 'failed'
      category: FailureCategory
      scope: FailureScope
      code: string
      detail: string
      retryAfterMs?: number
      /** The provider says that this recipient is not to be written to again, and why. */
      suppress?: SuppressionReason
      /** The account itself is at its end (removed, gone, closed): no call can succeed until somebody puts it right. */
      endsAccount?: true
    }
  /** It may have been sent: a timeout or a reset after the request left. */
  | { status: 'unknown'; code: string; detail: string }

export interface Capabilities {
  /** Recipients that one call of `send` may carry. */
  maxBatch: number
  /** `provider`: text is kept at the provider under a code; `own`: we send the rendered text. */
  templates: 'provider' | 'own'
  /** The provider drops a repeat of the same idempotency key for this long; null when it does not de-duplicate. */
  idempotency: { ttlMs: number } | null
  receipt: 'push' | 'poll' | 'ack' | 'none'
  /** `reconcile` can find out afterwards what became of an attempt. */
  lookup: boolean
  limits: { scope: 'account' | 'bot' | 'recipient'; count: number; perMs: number; penaltyMs?: number }[]
  maxPayload?: { bytes?: number; chars?: number }
  ttl: boolean
}

export interface FieldError {
  /** Empty: the whole. */
  field: string
  message: string
  /** In words, where it is known apart from the message. */
  expected?: string
  got?: string
}

/** A published version with the variables filled in: `text` always, `html` for e-mail in that format. */
export interface RenderedContent {
  templateId: number
  templateVersion: number
  templateName: string
  subject: string | null
  text: string
  html: string | null
}

export interface Delivery<To, Payload> {
  recordId: number
  traceId: string
  to: To[]
  payload: Payload
  purpose: Purpose
  /** Where its recipient can unsubscribe with one click (RFC 8058); only of marketing e-mail. */
  unsubscribeUrl: string | null
  /** The same for every attempt of one message. */
  idempotencyKey: string
  /** Epoch ms. Past it the pipeline treats the attempt as `unknown`; answer or abort before it. */
  deadline: number
  signal: AbortSignal
}

/**
 * What the provider or the device says afterwards. States only move forward; order and repetition do not matter. `delayed`:
 * it is still being tried; the trace notes it and the state stays.
 */
export interface ReceiptEvent {
  recordId: number
  state: 'delivered' | 'read' | 'failed' | 'delayed'
  /** Epoch ms. */
  at: number
  code?: string
  detail?: string
  /** Its recipient is not to be written to again, and why: a bounce for good, a complaint. */
  suppress?: SuppressionReason
}

/**
 * A receipt as a provider sends it: with our record id, where it echoes that, else with its own id of what it took and the
 * recipient in canonical spelling.
 */
export type ReportedReceipt = Omit<ReceiptEvent, 'recordId'> &
  ({ recordId: number } | { providerId: string; recipient: string })

export interface AdapterLog {
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
}

export interface AdapterContext {
  service: { id: number; name: string; channel: Channel }
  now(): number
  /** The secret of that field of the settings. Kept encrypted or by the environment; never logged. */
  secret(field: string): string | undefined
  log: AdapterLog
  /** For adapters whose receipts arise in this process (in-app acknowledgements, sandbox). */
  receipt(event: ReceiptEvent): void
  /** What the sandbox keeps in place of sending. */
  keep(message: KeptMessage): void
  inbox: InboxPort
}

/** The inboxes of users, from which their devices take what is put there. */
export interface InboxPort {
  /** On disk when it settles, and told to devices after that. The same record a second time has the place it has. */
  put(entry: NewInboxEntry): Promise<{ seq: number }>
  /** The place of that record; null when it is in no inbox, or not any more. */
  find(recordId: number): Promise<{ seq: number } | null>
}

export interface NewInboxEntry {
  recordId: number
  user: string
  title: string | null
  text: string
  /** Epoch ms. What no device has taken by then has failed. */
  expiresAt: number
  /** How long a device may take to acknowledge it before its connection counts as dead. */
  ackTimeoutMs: number
  /** Newest entries that the user's inbox keeps, this one among them. What is displaced untaken has failed. */
  keepAtMost: number
}

export interface KeptMessage {
  recordId: number
  recipient: string
  subject: string | null
  text: string
  html: string | null
  /** Where a provider fills in its own template (WeChat): what it would have been given. Null elsewhere. */
  fields: Readonly<Record<string, string>> | null
}

/** An attempt whose end is not known. */
export interface PastAttempt {
  recordId: number
  /** Canonical. */
  recipient: string
  /** Null when the provider's answer never came. */
  providerId: string | null
  idempotencyKey: string
  /** When it was handed over, epoch ms. */
  at: number
}

/** What a provider says of a past attempt. `not_found`: it is certain to have nothing. `at`: when it got there, epoch ms. */
export type Found = Outcome | 'not_found' | { status: 'delivered'; at?: number }

export interface RawRequest {
  method: string
  /** Path and query as they came: `/callbacks/3/token?record=12`. */
  url: string
  /** The unguessable end of the path, where the caller used one. */
  token?: string
  headers: Record<string, string | string[] | undefined>
  /** The bytes as they came: signatures cover these, not a re-serialised body. */
  body: Uint8Array
}

/** A message from a recipient, as a phone sends one back. */
export interface RecipientReply {
  /** Whose it is, as the provider spells it. */
  from: string
  text: string
  /** Epoch ms. */
  at: number
}

/** Who began to follow an account, or gave it up, and so can be reached through it or not. */
export interface Following {
  from: string
  follows: boolean
  /** Epoch ms. */
  at: number
}

export interface ReceiptReply {
  auth: 'signature' | 'basic' | 'secret_url' | 'rejected'
  events: ReportedReceipt[]
  /** What people answered. One that is an opt-out word and nothing else is obeyed. */
  replies?: RecipientReply[]
  followings?: Following[]
  reply: { status: number; type: string; body: string }
}

export type Checked<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] }

export interface SettingsForm {
  /** As it is given in, not as it is completed. `title` and `zh.title` are the adapter's own. */
  readonly schema: SettingsNode
}

/**
 * Settings (`Cfg`), recipient (`To`) and payload are the adapter's own types. The registry hands them back as they came
 * out of `settings`, `validateRecipient` and `prepare`.
 */
export interface ChannelAdapter<Cfg = unknown, To = unknown, Payload = unknown> {
  /** `email.smtp`, `sms.aliyun`, `sandbox` ... */
  readonly key: string
  readonly channels: readonly Channel[]
  /** It keeps messages and sends none, so it never stands in for a service that sends. */
  readonly keepsOnly?: boolean
  /** Whom it takes depends on the settings: a bot its own group. Where this is not set, all its services take the same recipients. */
  readonly recipientsDiffer?: boolean
  /** How receipts come at best. Default: `push` with `parseReceipt`, else `none`. */
  readonly receipts?: Capabilities['receipt']
  /** Its settings as data, for forms and documents. Left out: nothing is known of them. */
  readonly form?: SettingsForm
  /** Checks and completes a service's settings; an error names the field. */
  settings(raw: unknown): Checked<Cfg>
  capabilities(cfg: Cfg): Capabilities
  /** `canonical` is the spelling under which limits and suppressions know the recipient. */
  validateRecipient(
    raw: unknown,
    channel: Channel,
    cfg: Cfg,
  ): { ok: true; to: To; canonical: string } | { ok: false; reason: string }
  prepare(
    content: RenderedContent,
    variables: Record<string, string>,
    channel: Channel,
    cfg: Cfg,
  ): { ok: true; payload: Payload; segments?: number } | { ok: false; errors: FieldError[] }
  /** Outcomes in the order and number of `to`. May reject only for a defect of its own; that counts as `unknown`. */
  send(delivery: Delivery<To, Payload>, cfg: Cfg, ctx: AdapterContext): Promise<Outcome[]>
  parseReceipt?(request: RawRequest, cfg: Cfg, ctx: AdapterContext): Promise<ReceiptReply>
  /**
   * Fetches receipts that lie somewhere, in a mailbox for example. Called again and again, for one service never twice at a
   * time. When `take` has settled they are on disk, and only then may be let go of where they lay.
   */
  collect?(cfg: Cfg, ctx: AdapterContext, take: (receipts: readonly ReportedReceipt[]) => Promise<void>): Promise<void>
  /** Asks what became of an attempt, once. May answer `unknown`: it is asked again later. */
  reconcile?(attempt: PastAttempt, cfg: Cfg, ctx: AdapterContext): Promise<Found>
  /** Closes what the adapter holds for this service (connections, timers). Idempotent. */
  close?(serviceId: number): Promise<void>
}

/** Adapters of any settings type, as a list for `createEngine`. The one place where their types are forgotten. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- variance: an adapter of its own types is not an adapter of unknown ones
export type AnyAdapter = ChannelAdapter<any, any, any>
