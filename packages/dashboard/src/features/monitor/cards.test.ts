import { describe, expect, it } from 'vitest'
import { cardFigures, stats, totals } from '../../../test/support/figures.ts'
import { cardsOf, changeOf, type Card, type CardId } from './cards.ts'

const figures = cardFigures()

function cardNamed(id: CardId, given = stats()): Card {
  return cardsOf(given)[id]
}

describe('the cards', () => {
  it('show no figure, rather than 0, where nothing was measured', () => {
    const none = totals({ sent: 0, success_rate: null, failed: 0 })
    const current = cardFigures({ ...none, avg_response_ms: null })
    const empty = stats({ cards: { current, baseline: null } })
    expect(Object.values(cardsOf(empty)).map(({ id, value }) => [id, value])).toEqual([
      ['sent', 0],
      ['rate', null],
      ['response', null],
      ['failed', 0],
    ])
  })

  it('leave the minute that is still filling out of lines of counts', () => {
    expect(cardNamed('sent').lastHour).toEqual([10, 20])
    expect(cardNamed('response').lastHour).toEqual([100, null, 300])
  })

  it('draw no rate for a minute in which nothing ended', () => {
    const hour = { ...stats().last_hour, success: [9, 0, 5], failed: [1, 0, 0] }
    expect(cardNamed('rate', stats({ last_hour: hour })).lastHour).toEqual([90, null, 100])
  })

  it('tell what was not recorded from what was not measured', () => {
    const { value, change, lastHour } = cardsOf({}).sent
    expect([value, change.kind, lastHour]).toEqual([undefined, 'none', []])
  })

  it('compare with the same weekday, where it has figures', () => {
    const baseline = { ...figures, sent: 80 }
    expect(cardNamed('sent', stats({ cards: { current: figures, baseline } })).change).toMatchObject({ amount: 25 })
    expect(cardNamed('sent').change).toEqual({ kind: 'none' })
  })
})

describe('a change', () => {
  it('is better or worse by what the figure means', () => {
    expect(changeOf('failed', 12, 10)).toMatchObject({ kind: 'more', amount: 20, unit: 'percent', judgement: 'worse' })
    expect(changeOf('response', 150, 200)).toMatchObject({ kind: 'less', amount: 25, judgement: 'better' })
    expect(changeOf('rate', 99.5, 98.25)).toMatchObject({ amount: 1.25, unit: 'points', judgement: 'better' })
    expect(changeOf('sent', 150, 100)).toMatchObject({ kind: 'more', amount: 50, judgement: null })
  })

  it('is told but not judged while it is small', () => {
    expect(changeOf('failed', 104, 100)).toMatchObject({ kind: 'more', amount: 4, judgement: null })
    expect(changeOf('rate', 98.1, 98.3)).toMatchObject({ kind: 'less', judgement: null })
  })

  it('is counted, not put in percent, where there was nothing before', () => {
    expect(changeOf('failed', 7, 0)).toMatchObject({ kind: 'more', amount: 7, unit: 'count', judgement: 'worse' })
  })

  it('is none when it would round to nothing', () => {
    expect(changeOf('sent', 10_001, 10_000)).toEqual({ kind: 'same' })
    expect(changeOf('failed', 0, 0)).toEqual({ kind: 'same' })
  })
})
