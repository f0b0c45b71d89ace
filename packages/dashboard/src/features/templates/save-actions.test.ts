import type { Template, TemplateStatus } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { draftOf, emptyDraft } from './draft.ts'
import { saveActions } from './save-actions.ts'

function template(status: TemplateStatus, version: number, hasDraft = false): Template {
  return {
    id: 1,
    name: 'Code',
    channel: 'sms',
    format: 'text',
    subject: null,
    content: 'Your code is {{code}}',
    variables: ['code'],
    status,
    purpose: 'notice',
    version,
    has_draft: hasDraft,
    revision: 1,
    created_at: '2026-01-01T08:00:00+08:00',
    updated_at: '2026-01-01T08:00:00+08:00',
  }
}

describe('saveActions', () => {
  it('publishes version 1 of a new template, or keeps it as a draft by the shortcut', () => {
    expect(saveActions(null, emptyDraft(), true)).toEqual({
      primary: { kind: 'publish', label: 'publishFirst', version: 1, enabled: true, shortcut: false },
      secondary: { kind: 'draft', label: 'saveDraft', version: 1, enabled: true, shortcut: true },
    })
    expect(saveActions(null, emptyDraft(), false).primary.enabled).toBe(false)
  })

  it('names the next version when the text of an active template changed', () => {
    const saved = template('active', 3)
    const { primary, secondary } = saveActions(saved, { ...draftOf(saved), content: 'New' }, true)
    expect(primary).toMatchObject({ kind: 'publish', label: 'saveAs', version: 4, shortcut: true })
    expect(secondary).toMatchObject({ kind: 'draft', label: 'keepDraft' })
  })

  it('promises no new version when only the name changed, and does nothing when nothing did', () => {
    const saved = template('active', 3)
    expect(saveActions(saved, { ...draftOf(saved), name: 'Other' }, true).primary).toMatchObject({
      label: 'saveName',
      enabled: true,
    })
    expect(saveActions(saved, draftOf(saved), false).primary.enabled).toBe(false)
  })

  it('can publish what was kept as a draft before', () => {
    const saved = template('active', 3, true)
    expect(saveActions(saved, draftOf(saved), false).primary).toMatchObject({
      label: 'saveAs',
      version: 4,
      enabled: true,
    })
    expect(saveActions(template('draft', 0), draftOf(template('draft', 0)), false).primary.enabled).toBe(true)
  })

  it('only brings an archived template back', () => {
    const saved = template('archived', 3)
    expect(saveActions(saved, draftOf(saved), false)).toMatchObject({
      primary: { kind: 'publish', label: 'restore', version: 4 },
      secondary: null,
    })
  })
})
