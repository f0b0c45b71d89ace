/** One contender, one round. */
import { answerWith, given } from '../children.ts'
import { contenderNamed } from './contenders/index.ts'
import { measure, type Sizes } from './measures.ts'

export interface ChildInput {
  contender: string
  address: string
  sizes: Sizes
}

const { contender, address, sizes } = await given<ChildInput>()
await answerWith(() => measure(contenderNamed(contender), address, sizes))
