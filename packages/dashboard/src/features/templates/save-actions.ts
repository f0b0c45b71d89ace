/** What saving means for a template as it stands, so that the button can say it. */
import type { Template } from '@signalbox/contracts'
import { draftOf, formatOf, subjectOf, type Draft } from './draft.ts'

export type SaveKind = 'draft' | 'publish'

export interface SaveAction {
  kind: SaveKind
  label: 'saveDraft' | 'keepDraft' | 'publishFirst' | 'saveAs' | 'saveName' | 'restore'
  /** The version that the label names. */
  version: number
  enabled: boolean
  /** Ctrl or Cmd with S does this one. */
  shortcut: boolean
}

export interface SaveActions {
  primary: SaveAction
  secondary: SaveAction | null
}

/** `template` is null while it was never saved. The shortcut publishes only what is in force already. */
export function saveActions(template: Template | null, draft: Draft, dirty: boolean): SaveActions {
  const version = (template?.version ?? 0) + 1
  if (template?.status === 'archived') {
    return { primary: { kind: 'publish', label: 'restore', version, enabled: true, shortcut: false }, secondary: null }
  }
  if (template?.status === 'active') {
    if (!sendsSomethingElse(template, draft)) {
      return {
        primary: { kind: 'publish', label: 'saveName', version, enabled: dirty, shortcut: true },
        secondary: null,
      }
    }
    return {
      primary: { kind: 'publish', label: 'saveAs', version, enabled: true, shortcut: true },
      secondary: { kind: 'draft', label: 'keepDraft', version, enabled: dirty, shortcut: false },
    }
  }
  return {
    primary: { kind: 'publish', label: 'publishFirst', version, enabled: template !== null || dirty, shortcut: false },
    secondary: { kind: 'draft', label: 'saveDraft', version, enabled: dirty, shortcut: true },
  }
}

/** Publishing would change what is sent: the name alone does not. */
function sendsSomethingElse(template: Template, draft: Draft): boolean {
  const saved = draftOf(template)
  return (
    template.has_draft ||
    saved.content !== draft.content ||
    subjectOf(saved) !== subjectOf(draft) ||
    formatOf(saved) !== formatOf(draft)
  )
}
