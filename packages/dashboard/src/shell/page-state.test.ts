import { describe, expect, it } from 'vitest'
import { ICONS, pageStateOf, type PageFacts } from './page-state.ts'

const live: PageFacts = { link: 'connected', silent: false, alerts: 0, rewound: false }

describe('title and icon', () => {
  it('say first that nothing can be known, then what is wrong, then that it is the past', () => {
    expect(pageStateOf(live)).toBe('ok')
    expect(pageStateOf({ ...live, rewound: true })).toBe('past')
    expect(pageStateOf({ ...live, rewound: true, alerts: 2 })).toBe('alert')
    expect(pageStateOf({ ...live, alerts: 2, link: 'disconnected' })).toBe('disconnected')
    expect(pageStateOf({ ...live, silent: true })).toBe('disconnected')
  })

  it('have an icon of their own for an alert and for no connection', () => {
    expect(new Set([ICONS.ok, ICONS.alert, ICONS.disconnected]).size).toBe(3)
  })
})
