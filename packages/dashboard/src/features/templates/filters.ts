/** Which templates the list shows. Kept in the address, so that a filtered list can be passed on. */
import { CHANNELS, type Channel, type Template, type TemplateStatus } from '@signalbox/contracts'

/** Status `current` leaves out what is archived; it is where everyone starts. */
export type StatusFilter = TemplateStatus | 'current' | 'all'
export const STATUS_FILTERS: readonly StatusFilter[] = ['current', 'draft', 'active', 'archived', 'all']

export interface TemplateFilters {
  channel: Channel | 'all'
  status: StatusFilter
  text: string
}

export const NO_FILTERS: TemplateFilters = { channel: 'all', status: 'current', text: '' }

type Query = Record<string, unknown>

/** Anything that is no filter is left out rather than refused: an old address still opens the list. */
export function filtersOf(query: Query): TemplateFilters {
  return {
    channel: CHANNELS.find((channel) => channel === query.channel) ?? 'all',
    status: STATUS_FILTERS.find((status) => status === query.status) ?? 'current',
    text: typeof query.q === 'string' ? query.q : '',
  }
}

/** Only what differs from the start. */
export function queryOf({ channel, status, text }: TemplateFilters): Record<string, string> {
  return {
    ...(channel !== 'all' && { channel }),
    ...(status !== 'current' && { status }),
    ...(text !== '' && { q: text }),
  }
}

/** Changed last comes first. Every word of the text has to occur in name, subject, content, a variable or `#id`. */
export function filterTemplates(templates: readonly Template[], filters: TemplateFilters): Template[] {
  const words = filters.text.toLowerCase().split(/\s+/).filter(Boolean)
  return templates
    .filter(({ channel }) => filters.channel === 'all' || channel === filters.channel)
    .filter(({ status }) => statusMatches(status, filters.status))
    .filter((template) => words.every((word) => haystackOf(template).includes(word)))
    .sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at) || b.id - a.id)
}

function statusMatches(status: TemplateStatus, filter: StatusFilter): boolean {
  if (filter === 'current') return status !== 'archived'
  return filter === 'all' || status === filter
}

function haystackOf({ id, name, subject, content, variables }: Template): string {
  return [`#${id}`, name, subject ?? '', content, ...variables].join('\n').toLowerCase()
}
