import { writeFileSync } from 'node:fs'
import { adapters } from '../src/index.ts'
import { SETTINGS_PAGE, settingsPage } from './settings-page.ts'

writeFileSync(SETTINGS_PAGE, await settingsPage(adapters()))
