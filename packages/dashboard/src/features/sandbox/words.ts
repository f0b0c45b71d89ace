import { addWords } from '../../i18n/index.ts'
import * as sandbox from './locale.ts'

addWords('sandbox', sandbox)
