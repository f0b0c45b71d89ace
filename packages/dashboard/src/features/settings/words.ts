import { addWords } from '../../i18n/index.ts'
import * as settings from './locale.ts'

addWords('settings', settings)
