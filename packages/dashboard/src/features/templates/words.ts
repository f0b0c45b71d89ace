import { addWords } from '../../i18n/index.ts'
import * as templates from './locale.ts'

addWords('templates', templates)
