/** When a provider is asked what became of a message. Pure: the store keeps the looks that were made, and no time of the next. */

export interface LookupTerms {
  /** From the end of the sending to the first look; each pause after that is twice as long. */
  firstMs: number
  /** From the end of the sending: nobody is asked later. */
  untilMs: number
}

/**
 * Epoch ms; null when no look is left. Looks stand at fixed times after the end, so that one which came late, or was made by an
 * operator, takes the place of those that have passed.
 */
export function nextLookAt(
  finishedAt: number,
  lookedAt: number | null,
  { firstMs, untilMs }: LookupTerms,
): number | null {
  const after = lookedAt ?? finishedAt
  for (let pauses = 1; ; pauses = pauses * 2 + 1) {
    const at = finishedAt + firstMs * pauses
    if (at > finishedAt + untilMs) return null
    if (at > after) return at
  }
}
