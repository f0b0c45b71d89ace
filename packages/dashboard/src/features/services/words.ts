import { addWords } from '../../i18n/index.ts'
import * as services from './locale.ts'

addWords('services', services)
