/**
 * The in-app inbox. Each message to a user has the next number in that user's inbox (`seq`, from 1); a device keeps the last
 * one that it has taken and asks for what comes after it. So nothing is missed and nothing is shown twice, whatever breaks.
 *
 * Devices connect to the socket.io namespace `/inbox` at a path of its own, so that it can be reached from where nothing else
 * of this server can.
 */
import { z } from 'zod'
import { instantSchema, recordIdSchema, traceIdSchema } from './vocabulary.ts'

export const INBOX_NAMESPACE = '/inbox'
/** socket.io's `path` option. */
export const INBOX_PATH = '/inbox/socket.io'

export const INBOX_LIMITS = {
  /** Entries of one batch, which also has at most `batchBytes`, or one entry. */
  entriesPerBatch: 50,
  batchBytes: 64 * 1024,
  readsPerCall: 100,
  devicesPerUser: 20,
  /** Of all events of one socket; who sends more is cut. */
  eventsPerSecond: 20,
  titleChars: 200,
  textChars: 4_000,
  /** Of one entry as JSON. */
  entryBytes: 16 * 1024,
  tokenMs: { min: 1_000, max: 7 * 86_400_000, standard: 3_600_000 },
} as const

/** A device that is heard of is there; one that is not heard of for so long is gone. */
export const INBOX_HEARTBEAT_MS = 30_000
export const INBOX_GONE_MS = 60_000

export const INBOX_USER = /^[\p{L}\p{N}._:@-]{1,128}$/u
export const INBOX_USER_EXPECTED = 'a user id of 1-128 letters, digits and . _ : @ -'
export const inboxUserSchema = z.string().regex(INBOX_USER, `expected ${INBOX_USER_EXPECTED}`)
const seqSchema = z.int().min(0)

/** What the application's own server asks for on behalf of a user who is logged in there. */
export const inboxTokenRequestSchema = z
  .strictObject({
    user: inboxUserSchema,
    ttl_ms: z.int().min(INBOX_LIMITS.tokenMs.min).max(INBOX_LIMITS.tokenMs.max).default(INBOX_LIMITS.tokenMs.standard),
  })
  .meta({ id: 'InboxTokenRequest' })
export type InboxTokenRequest = z.infer<typeof inboxTokenRequestSchema>

export const inboxTokenSchema = z
  .object({ token: z.string(), user: z.string(), expires_at: instantSchema })
  .meta({ id: 'InboxToken' })
export type InboxToken = z.infer<typeof inboxTokenSchema>

/** socket.io's `auth` of a device. */
export const inboxAuthSchema = z.object({
  token: z.string().min(1).max(1_024),
  /** A name that the trace shows. */
  device: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'expected 1-64 letters, digits and . _ : -')
    .default('device'),
  /** The last `seq` that this device has taken: what comes after it is sent. */
  since: seqSchema.default(0),
})
export type InboxAuth = z.infer<typeof inboxAuthSchema>

/** `data` of a refused connection, to branch on. */
export const inboxRefusalSchema = z.object({
  error: z.enum(['invalid', 'token_invalid', 'token_expired', 'too_many_devices', 'not_accepting']),
})
export type InboxRefusal = z.infer<typeof inboxRefusalSchema>

export const inboxEntrySchema = z.object({
  seq: seqSchema,
  record_id: recordIdSchema,
  trace_id: traceIdSchema,
  title: z.string().nullable(),
  /** Plain text; show it as such. */
  text: z.string(),
  sent_at: instantSchema,
  expires_at: instantSchema,
  /** On any device of the user. */
  read: z.boolean(),
})
export type InboxEntry = z.infer<typeof inboxEntrySchema>

/**
 * All there is after `since`, up to and with `up_to`. Numbers between that have no entry are gone: expired, or displaced by
 * newer ones. Apply it when the last `seq` you have is at least `since`: show what is above that one, then keep `up_to`.
 */
export const inboxBatchSchema = z.object({
  since: seqSchema,
  up_to: seqSchema,
  entries: z.array(inboxEntrySchema),
  /** There is more after `up_to`. */
  more: z.boolean(),
})
export type InboxBatch = z.infer<typeof inboxBatchSchema>

/** The device has taken everything up to here. */
export const inboxAckSchema = z.strictObject({ up_to: seqSchema })
/** The user has read these. */
export const inboxReadSchema = z.strictObject({
  seqs: z.array(z.int().positive()).min(1).max(INBOX_LIMITS.readsPerCall),
})
export const inboxPullSchema = z.strictObject({
  since: seqSchema,
  limit: z.int().min(1).max(INBOX_LIMITS.entriesPerBatch).default(INBOX_LIMITS.entriesPerBatch),
})

export const inboxHelloSchema = z.object({
  user: z.string(),
  device: z.string(),
  /** From where entries will come: what the device asked for. */
  since: seqSchema,
  last_seq: seqSchema,
  /** The device knows a `seq` that was never given here: another inbox. It begins anew, from 0. */
  reset: z.boolean(),
  heartbeat_ms: z.int().positive(),
  /** When the token ends, and the connection with it. */
  expires_at: instantSchema,
})
export type InboxHello = z.infer<typeof inboxHelloSchema>

export type InboxReply = { ok: true } | { ok: false; message: string }
export type InboxPullReply = ({ ok: true } & InboxBatch) | { ok: false; message: string }

/** What the server says to a device. */
export interface InboxServerEvents {
  hello: (hello: InboxHello) => void
  /** Acknowledge when it is kept: the next batch comes then. A connection on which nobody does is closed. */
  entries: (batch: InboxBatch, ack: () => void) => void
  /** Another device of the user has read these. */
  read: (change: { seqs: number[] }) => void
}
/** What a device says. Every call is acknowledged. */
export interface InboxClientEvents {
  ack: (ack: z.input<typeof inboxAckSchema>, reply: (reply: InboxReply) => void) => void
  read: (read: z.input<typeof inboxReadSchema>, reply: (reply: InboxReply) => void) => void
  pull: (pull: z.input<typeof inboxPullSchema>, reply: (reply: InboxPullReply) => void) => void
}

/** Who is connected now. */
export const inboxPresenceSchema = z
  .object({ users: z.int().nonnegative(), devices: z.int().nonnegative() })
  .meta({ id: 'InboxPresence' })
export type InboxPresence = z.infer<typeof inboxPresenceSchema>
