import { table, thousands, withRange } from '../results.ts'
import { median, pairedRatios, present, type Rounds } from '../statistics.ts'
import type { Contender } from './contender.ts'
import { ABSOLUTE, goalAgainst, RATES, type Rate } from './goals.ts'
import type { Measured, Sizes } from './measures.ts'

/** What a contender did in each round; null where it failed. */
export interface Entry {
  contender: Contender
  rounds: (Measured | null)[]
}

export function describeRates(entries: readonly Entry[], sizes: Sizes): string {
  const head = ['thousands of jobs per second', ...RATES.map(({ title }) => title), 'a power cut loses']
  const rows = entries.map(({ contender, rounds }) => [
    contender.name,
    ...RATES.map(({ rate }) => thousands(present(pick(rounds, rate)))),
    contender.durable === 'yes' ? 'nothing' : contender.durable.replace('may lose ', ''),
  ])
  const note = `300-byte payload, handler without work, concurrency 100. Single: 100 enqueues in flight for ${sizes.singleMs / 1000} s or ${sizes.single} jobs; bulk: calls of 1,000, one after the other, ${sizes.bulk} jobs; backlog: ${sizes.backlog} jobs. Medians ± half the range.`
  return `${table(head, rows)}\n\n${note}`
}

export function describeRatios(ours: Entry, others: readonly Entry[]): string {
  const head = [`${ours.contender.name} ÷`, ...RATES.map(({ title }) => title)]
  const rows = others.map((other) => [other.contender.name, ...RATES.map(({ rate }) => ratioCell(ours, other, rate))])
  return `${table(head, rows)}\n\nMedians of the quotients of the same round (lowest–highest), with the goal where there is one.`
}

function ratioCell(ours: Entry, other: Entry, rate: Rate): string {
  const ratios = pairedRatios(pick(ours.rounds, rate), pick(other.rounds, rate))
  if (ratios.length === 0) return '–'
  const goal = goalAgainst(other.contender.name, rate)
  if (goal === null) return withRange(ratios)
  return `${withRange(ratios)}, ${median(ratios) >= goal ? 'reached' : 'MISSED'} ≥ ${goal}`
}

export function describeAbsolutes(ours: Entry, onTwoCores: Entry | undefined): string {
  const { fourCores, twoCores, deepShare, loopP99Ms, loopMaxMs } = ABSOLUTE
  const rates = present(pick(ours.rounds, 'endToEndSingle'))
  const slow = onTwoCores ? present(pick(onTwoCores.rounds, 'endToEndSingle')) : []
  const deep = pairedRatios(pick(ours.rounds, 'deepDrain'), pick(ours.rounds, 'drain'))
  const p99 = present(pick(ours.rounds, 'loopP99'))
  const max = present(pick(ours.rounds, 'loopMax'))
  const rows = [
    ['end to end single, thousands/s', thousands(rates), `≥ ${fourCores / 1000}`, verdict(median(rates) >= fourCores)],
    ['the same on two cores', thousands(slow), `≥ ${twoCores / 1000}`, verdict(median(slow) >= twoCores)],
    [
      'deep backlog in mixed priority ÷ shallow',
      withRange(deep, 2),
      `≥ ${deepShare}`,
      verdict(median(deep) >= deepShare),
    ],
    [
      'event-loop delay of the main thread, p99, ms',
      withRange(p99),
      `≤ ${loopP99Ms}`,
      verdict(median(p99) <= loopP99Ms),
    ],
    ['the same, longest, ms', withRange(max), `≤ ${loopMaxMs}`, verdict(median(max) <= loopMaxMs)],
  ]
  return `${table(['ours', 'median', 'goal', ''], rows)}\n\nThe delay is that of a 1 ms timer while messages go from end to end one by one, its own millisecond included.`
}

function verdict(reached: boolean): string {
  return reached ? 'reached' : 'MISSED'
}

function pick(rounds: readonly (Measured | null)[], key: keyof Measured): Rounds {
  return rounds.map((measured) => measured?.[key] ?? null)
}
