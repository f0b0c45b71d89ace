/** Which services the list shows. Kept in the address, so that a filtered list can be passed on. Pure. */
import { CHANNELS, type Channel, type Service } from '@signalbox/contracts'
import { CONDITIONS, doingOf, type Condition } from './condition.ts'

export interface ServiceFilters {
  channel: Channel | ''
  state: Condition | ''
  tag: string
  text: string
}

export const NO_FILTERS: ServiceFilters = { channel: '', state: '', tag: '', text: '' }

/** Anything that is no filter is left out rather than refused: an old address still opens the list. */
export function filtersOf({ channel, state, tag, q }: Record<string, unknown>): ServiceFilters {
  return {
    channel: CHANNELS.find((each) => each === channel) ?? '',
    state: CONDITIONS.find((each) => each === state) ?? '',
    tag: typeof tag === 'string' ? tag : '',
    text: typeof q === 'string' ? q : '',
  }
}

/** Only what is set. */
export function queryOf({ channel, state, tag, text }: ServiceFilters): Record<string, string> {
  return Object.fromEntries(Object.entries({ channel, state, tag, q: text }).filter(([, value]) => value !== ''))
}

/** Every word of the text has to occur in name, adapter, a tag, the last error or `#id`. */
export function filterServices(all: readonly Service[], filters: ServiceFilters, now: number): Service[] {
  const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean)
  return all.filter(
    (service) =>
      (filters.channel === '' || service.channel === filters.channel) &&
      (filters.state === '' || doingOf(service, now).condition === filters.state) &&
      (filters.tag === '' || service.tags.includes(filters.tag)) &&
      words.every((word) => haystackOf(service).includes(word)),
  )
}

function haystackOf({ id, name, adapter, tags, health }: Service): string {
  const { code, detail } = health.last_error ?? { code: '', detail: '' }
  return [`#${id}`, name, adapter, ...tags, code, detail].join('\n').toLowerCase()
}

export function tagsOf(all: readonly Service[]): string[] {
  return [...new Set(all.flatMap(({ tags }) => tags))].sort((a, b) => a.localeCompare(b))
}
