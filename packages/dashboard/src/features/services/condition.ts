/** What a service is doing, in the one word that an operator acts on, and until when. Pure. */
import type { Service } from '@signalbox/contracts'

/**
 * `trying`: one message at a time, after failures. `breaker`: not asked after failures. `no_quota`, `rate_limit`, `held`: not
 * asked since its quota, its rate or its provider says so.
 */
export const CONDITIONS = [
  ...(['active', 'trying', 'breaker', 'no_quota', 'rate_limit', 'held'] as const),
  ...(['paused', 'draining', 'disabled'] as const),
] as const
export type Condition = (typeof CONDITIONS)[number]

export interface Doing {
  condition: Condition
  /** When it may be asked again by itself. */
  until: string | null
  /** What more is known, in the server's words. */
  detail: string | null
}

/** What passes before anybody has read it is not told, ms: between two messages every service waits a moment. */
const BRIEF_MS = 5_000

type Facts = Pick<Service, 'state' | 'disabled_because'> & { health: Pick<Service['health'], 'breaker' | 'waiting'> }

export function doingOf({ state, disabled_because, health: { breaker, waiting } }: Facts, now: number): Doing {
  if (state !== 'active') return { condition: state, until: null, detail: disabled_because }
  if (breaker === 'half_open') return { condition: 'trying', until: null, detail: null }
  if (breaker === 'open')
    return { condition: 'breaker', until: waiting?.until ?? null, detail: waiting?.detail ?? null }
  if (waiting === null || Date.parse(waiting.until) - now < BRIEF_MS)
    return { condition: 'active', until: null, detail: null }
  const { reason, until, detail } = waiting
  return { condition: reason === 'no_quota' || reason === 'rate_limit' ? reason : 'held', until, detail }
}

/** It gets messages now, or within its own interval. */
export function serves({ condition }: Doing): boolean {
  return condition === 'active' || condition === 'trying' || condition === 'rate_limit'
}

export type ServiceAction = 'pause' | 'resume' | 'drain' | 'enable'

const ABLE: Record<Service['state'], readonly ServiceAction[]> = {
  active: ['pause', 'drain'],
  paused: ['resume', 'drain'],
  draining: ['enable'],
  disabled: ['enable'],
}
export const actionsOn = ({ state }: Pick<Service, 'state'>): readonly ServiceAction[] => ABLE[state]

/** What puts things back as they were before. */
export function undoOf(action: ServiceAction, { paused }: Pick<Service, 'paused'>): readonly ServiceAction[] {
  if (action === 'drain') return paused ? ['enable', 'pause'] : ['enable']
  if (action === 'enable') return ['drain']
  return [action === 'pause' ? 'resume' : 'pause']
}
