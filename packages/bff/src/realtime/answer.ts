import { issuesOf, summary } from '@signalbox/contracts'
import type { z } from 'zod'

interface Refused {
  ok: false
  message: string
}

/** Parse, act, acknowledge. Whatever a client sends, nothing is thrown into the socket's own code. */
export function answer<T extends z.ZodType, R>(
  schema: T,
  payload: unknown,
  ack: unknown,
  act: (checked: z.output<T>) => Promise<R> | R,
): void {
  const reply = (result: R | Refused): void => {
    if (isCallback<typeof result>(ack)) ack(result)
  }
  const parsed = schema.safeParse(payload)
  if (!parsed.success) return reply({ ok: false, message: summary(issuesOf(parsed.error, payload, 'the argument')) })
  void new Promise<R>((resolve) => resolve(act(parsed.data))).then(reply, () =>
    reply({ ok: false, message: 'internal error' }),
  )
}

/** A client may leave it out, or send anything. */
function isCallback<T>(given: unknown): given is (result: T) => void {
  return typeof given === 'function'
}
