const PAYLOAD_BYTES = 300

/** What every message of every contender carries: text, as messages do. */
export const PAYLOAD = 'Your parcel is on its way and arrives today. '.repeat(7).slice(0, PAYLOAD_BYTES)

/** Recipients in no order, as in life: each of a million once before the first comes again. */
export function recipient(n: number): string {
  return `user-${(n * 7_919) % 1_000_003}`
}
