/**
 * What this node knows of a meter that several share: the last answer, moved on with the time. While there are no answers it is this
 * node's share, of which the same part is used up as of the whole, and what it takes then is told when there are answers again.
 */
import type { Bounds, Meter, MeterState } from './meter.ts'
import { boundsOf, familyOf, newMeter, type Rule } from './rules.ts'
import { shareOf, WHOLE, type Share } from './share.ts'
import type { SharedMeter } from './store.ts'

/** Of recipients everybody in the line is told a time of his own; of all else only when the next may pass. */
const PARTS_OF_MEMBERS = 16
const PARTS = 2

export class Picture implements Meter {
  readonly #meter: Meter
  readonly #rule: Pick<Rule, 'type'> & { name: string; parts: number }
  #whole: Bounds
  #share: Share = WHOLE
  #bounds: Bounds
  /** Generation of the store that knows as much as this; null when none does. */
  #toldTo: number | null = null
  /** The last refusal: so much does not pass before. */
  #refused: { cost: number; until: number } | null = null
  /** Places that this node holds, and how many it ever gave back. */
  #mine = 0
  #givenBack = 0

  constructor(rule: Rule, resource: string, at: number) {
    this.#meter = newMeter(rule, at)
    const parts = familyOf(resource) === resource ? PARTS : PARTS_OF_MEMBERS
    this.#rule = { type: rule.type, name: `${rule.type}:${resource}`, parts }
    this.#whole = boundsOf(rule)
    this.#bounds = this.#whole
  }

  get name(): string {
    return this.#rule.name
  }

  /** Before it is used: the rule in force, and the share that counts now. */
  fit(rule: Rule, share: Share, at: number): void {
    this.#whole = boundsOf(rule)
    const bounds = shareOf(this.#whole, rule.type, share)
    if (share.of !== this.#share.of || share.place !== this.#share.place) {
      this.#share = share
      this.#refused = null
      if (rule.type === 'concurrent') this.#meter.restore([this.#mine], at)
      this.#meter.rescale(bounds, at)
    } else if (bounds.maxValue !== this.#bounds.maxValue || bounds.windowMs !== this.#bounds.windowMs) {
      this.#refused = null
      this.#meter.configure(bounds, at)
    }
    this.#bounds = bounds
  }

  /** As the store is asked for it. Only of the whole. */
  ask(cost: number, generation: number, at: number): SharedMeter {
    const { name, type, parts } = this.#rule
    const isKnown = type === 'concurrent' || this.#toldTo === generation || this.#meter.idle(at)
    return { ...{ name, type, parts, cost }, bounds: this.#whole, known: isKnown ? null : this.#meter.state(at) }
  }

  get givenBack(): number {
    return this.#givenBack
  }

  /** The answer to `ask`; `givenBack`: how many were when it was asked. */
  learn(
    { wait, state }: { wait: number; state: MeterState },
    { cost, taken, generation, givenBack }: { cost: number; taken: boolean; generation: number; givenBack: number },
    at: number,
  ): void {
    this.#toldTo = generation
    this.#share = WHOLE
    this.#bounds = this.#whole
    this.#meter.configure(this.#whole, at)
    if (this.#rule.type === 'concurrent') {
      if (taken) this.#mine += cost
      // What was given back meanwhile was still counted.
      this.#meter.restore([Math.max(0, (state[0] ?? 0) - (this.#givenBack - givenBack))], at)
      return
    }
    this.#refused = wait > 0 ? { cost, until: at + wait } : null
    this.#meter.restore(state, at)
  }

  /** In how many ms so much may pass at the earliest, by the last refusal; 0 when only the store can tell. */
  refusal(cost: number, at: number): number {
    return this.#refused && cost >= this.#refused.cost ? Math.max(0, this.#refused.until - at) : 0
  }

  wait(cost: number, at: number): number {
    return Math.max(this.refusal(cost, at), this.#meter.wait(cost, at))
  }

  /** Without the store. */
  take(cost: number, at: number): void {
    this.#toldTo = null
    this.#meter.take(cost, at)
    if (this.#rule.type === 'concurrent') this.#mine += cost
  }

  release(cost: number): void {
    this.#mine -= cost
    this.#givenBack += cost
    this.#meter.release(cost)
  }

  remaining(at: number): number {
    return this.#meter.remaining(at)
  }

  reset(at: number): number {
    return this.#meter.reset(at)
  }

  idle(at: number): boolean {
    return this.#mine === 0 && this.#meter.idle(at)
  }

  /** Bounds of a rule that changed; `fit` brings its share of them. */
  configure(bounds: Bounds, at: number): void {
    this.#refused = null
    this.#meter.configure(bounds, at)
    this.#bounds = bounds
  }

  rescale(bounds: Bounds, at: number): void {
    this.#meter.rescale(bounds, at)
  }

  state(at: number): MeterState {
    return this.#meter.state(at)
  }

  restore(state: MeterState, at: number): void {
    this.#meter.restore(state, at)
  }
}
