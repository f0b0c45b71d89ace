import type { Template, TemplateVersion } from '@signalbox/contracts'
import { computed, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { ApiError } from '../../api/http.ts'
import { asApiError, useAsync } from '../../lib/async.ts'
import { templatesApi } from './api.ts'
import { draftOf, draftWith, emptyDraft, sameDraft, toCreate, toUpdate, type Draft, type Said } from './draft.ts'
import { fieldErrorsOf, type FieldErrors } from './field-errors.ts'
import { saveActions, type SaveKind } from './save-actions.ts'

/** Someone saved between our load and our save. `kind` is what we were about to do. */
export interface Conflict {
  theirs: Template
  kind: SaveKind
  said: Said
}

/**
 * One template in the editor: the fields, what is stored, and the way between the two. Whatever goes wrong, what was
 * typed stays. `id` is null for a new template; `created` is told its id once it has one.
 */
export function useTemplateEditor(id: MaybeRefOrGetter<number | null>, created: (id: number) => Promise<unknown>) {
  const loading = useAsync<Template | null>(async (signal) => {
    const wanted = toValue(id)
    return wanted === null ? null : templatesApi.get(wanted, signal)
  })
  /** As stored; null while it never was. */
  const template = computed(() => loading.data.value ?? null)
  const draft = ref<Draft>(emptyDraft())
  const saving = ref<SaveKind | null>(null)
  const saveError = shallowRef<ApiError | null>(null)
  const fieldErrors = ref<FieldErrors>({})
  const conflict = shallowRef<Conflict | null>(null)

  const dirty = computed(() => {
    const untouched = template.value ? draftOf(template.value) : emptyDraft(draft.value.channel)
    return !sameDraft(draft.value, untouched)
  })
  const actions = computed(() => saveActions(template.value, draft.value, dirty.value))

  watch(() => toValue(id), load, { immediate: true })
  // A complaint about a field is about what stood there.
  for (const field of ['name', 'format', 'subject', 'content'] as const) {
    watch(
      () => draft.value[field],
      () => delete fieldErrors.value[field],
    )
  }

  async function load(): Promise<void> {
    const wanted = toValue(id)
    // Just created here: the address follows what is on screen.
    if (wanted !== null && wanted === template.value?.id) return
    loading.clear()
    await loading.load()
    if (loading.data.value !== undefined) adopt(loading.data.value)
  }

  /** Looks whether somebody else changed it. Text of our own stays; without any, what is stored now is shown. */
  async function refresh(): Promise<Template | null> {
    const known = template.value
    if (!known || saving.value) return null
    const stored = await templatesApi.get(known.id).catch(() => null)
    if (!stored || saving.value || stored.revision <= (template.value?.revision ?? 0)) return null
    if (!dirty.value) adopt(stored)
    return stored
  }

  /** Takes what is stored for the truth, and the fields from it. */
  function adopt(stored: Template | null): void {
    loading.set(stored)
    draft.value = stored ? draftOf(stored) : emptyDraft()
    forgetProblems()
  }

  function forgetProblems(): void {
    saveError.value = null
    fieldErrors.value = {}
    conflict.value = null
  }

  /** Resolves to what is stored now, or to null when it was refused: `saveError`, `fieldErrors` and `conflict` say why. */
  async function save(kind: SaveKind, said: Said = {}): Promise<Template | null> {
    if (saving.value) return null
    saving.value = kind
    forgetProblems()
    const before = template.value
    const sent = { ...draft.value }
    try {
      const stored = await store(before, sent, kind, said)
      loading.set(stored)
      // What was typed while the answer was on its way stays typed, and unsaved.
      if (sameDraft(draft.value, sent)) draft.value = draftOf(stored)
      if (!before) await created(stored.id)
      return stored
    } catch (cause) {
      await explain(asApiError(cause), before, kind, said)
      return null
    } finally {
      saving.value = null
    }
  }

  async function explain(error: ApiError, before: Template | null, kind: SaveKind, said: Said): Promise<void> {
    const theirs = before && error.name === 'conflict' ? await templatesApi.get(before.id).catch(() => null) : null
    if (theirs) {
      conflict.value = { theirs, kind, said }
      return
    }
    saveError.value = error
    fieldErrors.value = fieldErrorsOf(error)
  }

  /** Ends a conflict in our favour: our text on top of theirs, under the revision they left. */
  async function overwrite(): Promise<Template | null> {
    if (!conflict.value) return null
    const { theirs, kind, said } = conflict.value
    loading.set(theirs)
    return save(kind, said)
  }

  function loadVersion(version: TemplateVersion): void {
    draft.value = draftWith(draft.value, version)
  }

  return {
    ...{ state: loading.state, loadError: loading.error, template, draft, dirty, actions },
    ...{ saving, saveError, fieldErrors, conflict },
    ...{ load, refresh, adopt, save, overwrite, loadVersion },
  }
}

function store(before: Template | null, draft: Draft, kind: SaveKind, said: Said): Promise<Template> {
  if (!before) return templatesApi.create({ ...toCreate(draft, kind === 'publish' ? 'active' : 'draft'), ...said })
  if (before.status === 'archived') return templatesApi.publish(before.id, said)
  return templatesApi.update(before.id, toUpdate(draft, before.revision, kind === 'publish', said))
}
