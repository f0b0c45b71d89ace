const LONGEST = 300
/** Below this a secret is a common word rather than a secret; none of the providers gives out one so short. */
const SHORTEST_SECRET = 4

/**
 * What may be shown of a provider's or the system's words: one line, at most 300 characters, every secret replaced by
 * `***`, as it is, percent-encoded, and in base64.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let shown = text
  for (const secret of secrets.flatMap(spellings)) shown = shown.replaceAll(secret, '***')
  const line = shown.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 3)}...` : line
}

function spellings(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return []
  const base64 = Buffer.from(secret, 'utf8').toString('base64')
  // Longest first: what holds another is not left half shown.
  return [...new Set([encodeURIComponent(secret), base64, secret])].sort((a, b) => b.length - a.length)
}
