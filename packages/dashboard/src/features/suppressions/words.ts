import { addWords } from '../../i18n/index.ts'
import * as suppressions from './locale.ts'

addWords('suppressions', suppressions)
