/** Who stands in for whom: the services of a channel by priority, the first first. Pure. */
import { CHANNELS, type Channel, type Service } from '@signalbox/contracts'
import { doingOf, serves, type Doing, type ServiceAction } from './condition.ts'

export interface Standing {
  service: Service
  doing: Doing
}

export interface Tier {
  priority: number
  /**
   * `in_use`: messages go here. `stands_by`: they would, could none above be asked. `out`: none of it can be asked.
   * `left_out`: sandboxes below another service; what is to be sent is never kept because of a pause.
   */
  role: 'in_use' | 'stands_by' | 'out' | 'left_out'
  services: readonly Standing[]
}

export interface ChannelGroup {
  channel: Channel
  /** Of the whole channel, whatever is shown of it. */
  count: number
  active: number
  /** None can be asked, or there is none: messages wait. */
  stuck: boolean
  /** All that messages go to keep them and send none. */
  sandboxed: boolean
  tiers: readonly Tier[]
}

/** @param shown of the services; the roles are told from all of them. */
export function groupsOf(all: readonly Service[], shown: ReadonlySet<number>, now: number): ChannelGroup[] {
  return CHANNELS.map((channel) => {
    const standing = all
      .filter((service) => service.channel === channel)
      .map((service) => ({ service, doing: doingOf(service, now) }))
    const tiers = tiersOf(standing)
    const inUse = tiers.find(({ role }) => role === 'in_use')?.services.filter(({ doing }) => serves(doing)) ?? []
    return {
      channel,
      count: standing.length,
      active: standing.filter(({ service }) => service.state === 'active').length,
      stuck: inUse.length === 0,
      sandboxed: inUse.length > 0 && inUse.every(({ service }) => service.sandbox),
      tiers: tiers
        .map((tier) => ({ ...tier, services: tier.services.filter(({ service }) => shown.has(service.id)) }))
        .filter(({ services }) => services.length > 0),
    }
  })
}

function tiersOf(standing: readonly Standing[]): Tier[] {
  const priorities = [...new Set(standing.map(({ service }) => service.priority))].sort((a, b) => b - a)
  const top = priorities.find((priority) =>
    standing.some(({ service }) => service.priority === priority && stands(service)),
  )
  let taken = false
  return priorities.map((priority) => {
    const services = standing
      .filter(({ service }) => service.priority === priority)
      .sort((a, b) => a.service.name.localeCompare(b.service.name) || a.service.id - b.service.id)
    const asked = services.filter(({ service }) => !service.sandbox || top === undefined || priority >= top)
    const able = asked.some(({ doing }) => serves(doing))
    const role = asked.length === 0 ? 'left_out' : !able ? 'out' : taken ? 'stands_by' : 'in_use'
    taken ||= able
    return { priority, role, services }
  })
}

/** As the engine has it: also a paused one, and one that its provider ended. */
const stands = ({ enabled, disabled_because }: Service): boolean => enabled || disabled_because !== null

/**
 * What would become of the messages of its channel: they `wait`, or are `kept` in the sandbox in place of being sent. Null when they
 * go on as they do now.
 */
export function consequenceOf(
  action: ServiceAction,
  service: Service,
  all: readonly Service[],
  now: number,
): 'wait' | 'kept' | null {
  const after = all.map((each) => (each.id === service.id ? withIt(each, action) : each))
  const [was, is] = [all, after].map((services) => groupOf(services, service.channel, now))
  if (!was || !is || was.stuck) return null
  if (is.stuck) return 'wait'
  return is.sandboxed && !was.sandboxed ? 'kept' : null
}

const groupOf = (all: readonly Service[], channel: Channel, now: number) =>
  groupsOf(all, new Set(all.map(({ id }) => id)), now).find((group) => group.channel === channel)

function withIt(service: Service, action: ServiceAction): Service {
  if (action === 'drain') return { ...service, enabled: false, state: 'disabled' }
  if (action === 'pause') return { ...service, paused: true, state: 'paused' }
  return { ...service, enabled: true, paused: false, state: 'active' }
}
