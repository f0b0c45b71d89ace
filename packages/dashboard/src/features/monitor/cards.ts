/** What the four cards say, worked out from the figures; words and formats are the component's. */
import type { MonitorStats } from '@signalbox/contracts'

export const CARD_IDS = ['sent', 'rate', 'response', 'failed'] as const
export type CardId = (typeof CARD_IDS)[number]

/**
 * Against the same weekday last week up to the same time. `none`: there is nothing to compare with.
 * `amount` is in percent of the figure then, in points for a rate, in messages where the figure then was 0.
 */
export type Change =
  | { kind: 'none' }
  | { kind: 'same' }
  | {
      kind: 'more' | 'less'
      amount: number
      unit: 'percent' | 'points' | 'count'
      judgement: 'better' | 'worse' | null
    }

export interface Card {
  id: CardId
  /** Null: nothing to measure, which is not 0. Undefined: not recorded at the moment shown. */
  value: number | null | undefined
  change: Change
  /** The last hour by minute, oldest first; null where nothing was measured. */
  lastHour: (number | null)[]
}

/** Which way is good news; null for figures that are neither. */
const GOOD: Record<CardId, 'more' | 'less' | null> = { sent: null, rate: 'more', response: 'less', failed: 'less' }

/** Below this a difference is told, but neither praised nor blamed: figures differ from week to week. */
const NOTABLE = { percent: 5, points: 0.5, count: 1 } as const

export function cardsOf({ cards, last_hour: hour }: Partial<MonitorStats>): Record<CardId, Card> {
  const rates = hour?.success.map((success, i) => {
    const counted = success + (hour.failed[i] ?? 0)
    return counted === 0 ? null : (success / counted) * 100
  })
  const { current, baseline } = cards ?? {}
  // Fewer failures are no merit where nothing was sent.
  const idle = current?.sent === 0
  return {
    sent: card('sent', current?.sent, baseline?.sent, wholeMinutes(hour?.sent)),
    rate: card('rate', current?.success_rate, baseline?.success_rate, rates),
    response: card('response', current?.avg_response_ms, baseline?.avg_response_ms, hour?.avg_response_ms),
    failed: card('failed', current?.failed, idle ? null : baseline?.failed, wholeMinutes(hour?.failed)),
  }
}

function card(
  id: CardId,
  value: number | null | undefined,
  before: number | null | undefined,
  lastHour: (number | null)[] = [],
): Card {
  return { id, value, change: changeOf(id, value ?? null, before ?? null), lastHour }
}

/** The last minute is still filling: drawn, it would look like a fall once a minute. */
function wholeMinutes(counts: readonly number[] = []): number[] {
  return counts.slice(0, -1)
}

export function changeOf(id: CardId, value: number | null, before: number | null): Change {
  if (value === null || before === null) return { kind: 'none' }
  const unit = id === 'rate' ? 'points' : before === 0 ? 'count' : 'percent'
  const difference = unit === 'percent' ? ((value - before) / before) * 100 : value - before
  const amount = unit === 'percent' ? Math.round(Math.abs(difference)) : Math.round(Math.abs(difference) * 100) / 100
  if (amount === 0) return { kind: 'same' }
  const kind = difference > 0 ? 'more' : 'less'
  const good = amount >= NOTABLE[unit] ? GOOD[id] : null
  return { kind, amount, unit, judgement: good === null ? null : kind === good ? 'better' : 'worse' }
}
