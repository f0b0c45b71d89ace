/** The published vectors: input and expected output, with where they were published. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const vectorSchema = z.strictObject({
  name: z.string(),
  source: z.string(),
  input: z.record(z.string(), z.unknown()),
  expected: z.record(z.string(), z.string()),
})
export type Vector = z.infer<typeof vectorSchema>

const all = z
  .strictObject({ vectors: z.array(vectorSchema) })
  .parse(JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))).vectors

export function vector(name: string): Vector {
  const found = all.filter((each) => each.name === name)
  if (found.length !== 1 || !found[0]) throw new Error(`expected one vector ${name}, got ${found.length}`)
  return found[0]
}
