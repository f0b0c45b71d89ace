/** A script that Redis runs as one step. Known there by its hash; it is sent again when Redis has forgotten it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Script {
  name: string
  text: string
  sha: string
}

/** Of the file beside this one: what several scripts share comes first. */
export function script(name: string, ...shared: string[]): Script {
  const text = [...shared, name].map((each) => readFileSync(new URL(`${each}.lua`, import.meta.url), 'utf8')).join('\n')
  return { name, text, sha: createHash('sha1').update(text).digest('hex') }
}
