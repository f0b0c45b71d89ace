/**
 * JSON of a provider, or undefined where the text is none. A whole number that a double cannot hold comes as its digits:
 * `{"msgid":1988810812324364291}` gives the string `1988810812324364291`. Ids beyond 2^53 would else never match again.
 */
export function parseReplyJson(text: string): unknown {
  try {
    return JSON.parse(text, exact) as unknown
  } catch {
    return undefined
  }
}

function exact(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source ?? ''
  return /^-?\d+$/.test(source) ? source : value
}
