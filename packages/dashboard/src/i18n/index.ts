/**
 * One message catalogue: the common words, and one branch per feature from its own `locale.ts`. Here are those of the wall
 * and of what it opens; another screen brings its own with `addWords`, so that the wall loads nothing that it never shows.
 */
import { createI18n } from 'vue-i18n'
import * as messageList from '../features/messages/locale.ts'
import * as monitor from '../features/monitor/locale.ts'
import * as traces from '../features/traces/locale.ts'
import * as shell from '../shell/locale.ts'
import * as common from './common.ts'

const messages = {
  en: { ...common.en, shell: shell.en, monitor: monitor.en, traces: traces.en, messages: messageList.en },
  zh: { ...common.zh, shell: shell.zh, monitor: monitor.zh, traces: traces.zh, messages: messageList.zh },
}

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages })

/** Called once by the feature's `words.ts`, which each of its pages imports. */
export function addWords<T extends object>(feature: string, { en, zh }: { en: T; zh: T }): void {
  i18n.global.mergeLocaleMessage('en', { [feature]: en })
  i18n.global.mergeLocaleMessage('zh', { [feature]: zh })
}
