/** The filters of the list, as the address and the API write them. */
import {
  CHANNELS,
  MESSAGE_FILTERS,
  MESSAGE_STATES,
  messageFilterSchema,
  type BulkAction,
  type MessageState,
  type MessageView,
} from '@signalbox/contracts'

export const FILTERS = MESSAGE_FILTERS
export type FilterName = (typeof FILTERS)[number]
export type FilterQuery = Partial<Record<FilterName, string>>

/** Under which name the screen shows each. */
export const FILTER_LABELS = {
  ...{ status: 'status', channel: 'channel', recipient: 'recipient', template_id: 'template', task_id: 'task' },
  ...{ service_id: 'service', error: 'error', from: 'from', to: 'to' },
} as const satisfies Record<FilterName, string>

const FITS: Partial<Record<FilterName, (text: string) => boolean>> = {
  status: (text) => text.split(',').every((state) => (MESSAGE_STATES as readonly string[]).includes(state)),
  channel: (text) => (CHANNELS as readonly string[]).includes(text),
  template_id: isNumber,
  task_id: isNumber,
  service_id: isNumber,
  from: isInstant,
  to: isInstant,
}

/** Anything that is no filter is left out rather than refused: an old address still opens the list. */
export function filtersOf(query: Record<string, unknown>): FilterQuery {
  const filters: FilterQuery = {}
  for (const name of FILTERS) {
    const text = query[name]
    if (typeof text === 'string' && text.trim() !== '' && (FITS[name]?.(text) ?? true)) filters[name] = text.trim()
  }
  return filters
}

function isNumber(text: string): boolean {
  return /^[1-9]\d{0,15}$/.test(text)
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** Filters that every operator comes back to; their own stand beside them. */
export const VIEWS = {
  all: {},
  dead: { status: 'failed,expired' },
  unknown: { status: 'unknown' },
  waiting: { status: 'scheduled,queued' },
} as const satisfies Record<string, FilterQuery>
export type ViewName = keyof typeof VIEWS

export const VIEW_NAMES = Object.keys(VIEWS) as ViewName[]

export function viewOf(filters: FilterQuery): ViewName | null {
  return VIEW_NAMES.find((name) => sameFilters(VIEWS[name], filters)) ?? null
}

/** As a saved view keeps them. */
export function queryOfFilters(filters: FilterQuery): string {
  return new URLSearchParams(filters).toString()
}

/** Null when any of it is not understood any more: applied without that, the view would find more than it says. */
export function filtersOfView({ query }: Pick<MessageView, 'query'>): FilterQuery | null {
  const written = [...new URLSearchParams(query)]
  const filters = filtersOf(Object.fromEntries(written))
  const whole = Object.keys(filters).length === written.length
  return whole && messageFilterSchema.safeParse(filters).success ? filters : null
}

export function sameFilters(a: FilterQuery, b: FilterQuery): boolean {
  return FILTERS.every((name) => a[name] === b[name])
}

const ABLE: Record<BulkAction, readonly MessageState[]> = {
  retry: ['failed', 'expired'],
  cancel: ['scheduled', 'queued'],
  mark_sent: ['unknown'],
  mark_failed: ['unknown'],
  resend: ['unknown'],
}

/** What can be done to messages in some of these states; to those of no state filter, everything. */
export function actionsFor(status: string | undefined): BulkAction[] {
  const states = status?.split(',')
  return (Object.keys(ABLE) as BulkAction[]).filter(
    (action) => !states || ABLE[action].some((state) => states.includes(state)),
  )
}
