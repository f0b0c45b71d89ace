import { idempotencyKeySchema, issuesOf, summary } from '@signalbox/contracts'
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { ApiError } from './errors.ts'

export interface Idempotency {
  /**
   * Runs `routine` as the only one with this key in this process; a second caller meanwhile gets
   * `idempotency_in_flight`. What the key was used for before is the engine's to know.
   */
  alone<T>(key: string | undefined, routine: () => Promise<T>): Promise<T>
}

export function createIdempotency(): Idempotency {
  const inFlight = new Set<string>()
  return {
    async alone(key, routine) {
      if (key === undefined) return routine()
      if (inFlight.has(key)) {
        const message = `expected no call under way with idempotency key ${JSON.stringify(key)}, got one; ask again when it is over`
        throw new ApiError('idempotency_in_flight', message, { retryAfterMs: 1000 })
      }
      inFlight.add(key)
      try {
        return await routine()
      } finally {
        inFlight.delete(key)
      }
    },
  }
}

/** From the body or the header; given twice, they must agree. */
export function idempotencyKey(inBody: string | undefined, headers: IncomingHttpHeaders): string | undefined {
  const inHeader = headers['idempotency-key']
  if (inHeader === undefined) return inBody
  const parsed = idempotencyKeySchema.safeParse(inHeader)
  if (!parsed.success) {
    const issues = issuesOf(parsed.error, inHeader, 'Idempotency-Key')
    throw new ApiError('invalid', summary(issues), { issues })
  }
  if (inBody !== undefined && inBody !== parsed.data) {
    const expected = 'the same as the header Idempotency-Key'
    const message = `expected idempotency_key to be ${expected}, got another`
    const issues = [{ path: 'idempotency_key', expected, got: 'another key', message }]
    throw new ApiError('invalid', message, { issues })
  }
  return parsed.data
}

/** A digest of what the caller asked for: the call and its checked body without the key, fields in a fixed order. */
export function bodyHash(operation: string, body: object): string {
  const asked = Object.entries(body).filter(([name]) => name !== 'idempotency_key')
  return createHash('sha256')
    .update(operation)
    .update('\n')
    .update(canonicalJson(Object.fromEntries(asked)))
    .digest('base64url')
}

/** JSON with the fields of every object in one order, so that two spellings of the same value are the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}
