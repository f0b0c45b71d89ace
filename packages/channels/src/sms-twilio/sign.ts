/** X-Twilio-Signature: HMAC-SHA1 over the public address and the sorted fields of the form. */
import { createHmac } from 'node:crypto'

/** Every value of a name, sorted, each once. */
export function twilioSignature(authToken: string, url: string, form: Iterable<readonly [string, string]>): string {
  const fields = new Map<string, Set<string>>()
  for (const [name, value] of form) fields.set(name, (fields.get(name) ?? new Set()).add(value))
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1))
  const text =
    url +
    sorted
      .map(([name, values]) =>
        [...values]
          .sort()
          .map((value) => name + value)
          .join(''),
      )
      .join('')
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64')
}
