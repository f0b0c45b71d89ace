import { seededRandom } from '@signalbox/channels'

/** Choices that can be repeated from a seed. */
export interface Dice {
  /** In [0, 1). */
  roll(): number
  /** A whole number, both ends included. */
  between(low: number, high: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
  /** As often as its weight says; nothing from nothing. */
  weighted<T extends { weight: number }>(choices: readonly T[]): T | undefined
  /** Time until the next of events that come `perSecond` times on average, independently of each other. */
  gapMs(perSecond: number): number
}

export function dice(seed: number): Dice {
  const roll = seededRandom(seed)
  const between = (low: number, high: number) => low + Math.floor(roll() * (high - low + 1))
  return {
    roll,
    between,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    weighted(choices) {
      let left = roll() * choices.reduce((sum, { weight }) => sum + weight, 0)
      return choices.find(({ weight }) => (left -= weight) < 0) ?? choices.at(-1)
    },
    gapMs: (perSecond) => (-Math.log(1 - roll()) / perSecond) * 1000,
  }
}
