/** How a time spreads: evenly between two bounds, or like a real network, with a median and a long tail. */
import { z } from 'zod'
import { words } from '../form.ts'
import type { Random } from './random.ts'

const ms = z.number().min(0).max(3_600_000)

/** Milliseconds. */
export const spreadSchema = z.union(
  [
    z
      .strictObject({
        min: ms.meta(words({ en: ['At least'], zh: ['最小'] })),
        max: ms.meta(words({ en: ['At most'], zh: ['最大'] })),
      })
      .refine(({ min, max }) => min <= max, {
        error: 'expected min to be at most max',
        path: ['min'],
      })
      .meta(words({ en: ['Evenly between two bounds'], zh: ['两个界限之间均匀分布'] })),
    z
      .strictObject({
        median: ms.positive().meta(words({ en: ['Median'], zh: ['中位数'] })),
        p95: ms.meta(words({ en: ['95th percentile'], zh: ['95 分位'] })),
      })
      .refine(({ median, p95 }) => median <= p95, {
        error: 'expected median to be at most p95',
        path: ['median'],
      })
      .meta(words({ en: ['Like a network, with a long tail'], zh: ['像真实网络一样有长尾'] })),
  ],
  'expected { min, max } or { median, p95 } in milliseconds',
)
export type Spread = z.infer<typeof spreadSchema>

/** The standard normal's 95th percentile. */
const Z95 = 1.6449

/** One time of that spread, in whole milliseconds. A log-normal's tail is cut at three times its p95. */
export function draw(spread: Spread, random: Random): number {
  if ('min' in spread) return Math.round(spread.min + (spread.max - spread.min) * random())
  const sigma = Math.log(spread.p95 / spread.median) / Z95
  return Math.round(Math.min(spread.median * Math.exp(sigma * normal(random)), spread.p95 * 3))
}

/** Box-Muller. 1 - random() keeps the logarithm's argument above 0. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
