/** One message catalogue: the common words, and one branch per feature from its own `locale.ts`. */
import { createI18n } from 'vue-i18n'
import * as messageList from '../features/messages/locale.ts'
import * as monitor from '../features/monitor/locale.ts'
import * as sandbox from '../features/sandbox/locale.ts'
import * as settings from '../features/settings/locale.ts'
import * as templates from '../features/templates/locale.ts'
import * as traces from '../features/traces/locale.ts'
import * as shell from '../shell/locale.ts'
import * as common from './common.ts'

const messages = {
  en: {
    ...common.en,
    shell: shell.en,
    monitor: monitor.en,
    templates: templates.en,
    traces: traces.en,
    messages: messageList.en,
    sandbox: sandbox.en,
    settings: settings.en,
  },
  zh: {
    ...common.zh,
    shell: shell.zh,
    monitor: monitor.zh,
    templates: templates.zh,
    traces: traces.zh,
    messages: messageList.zh,
    sandbox: sandbox.zh,
    settings: settings.zh,
  },
}

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages })
