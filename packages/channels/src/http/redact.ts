const LONGEST = 300
/** Below this a secret is a common word rather than a secret; none of the providers gives out one so short. */
const SHORTEST_SECRET = 4

/**
 * What may be shown of a provider's or the system's words: one line, at most 300 characters, every secret replaced by
 * `***` in each of its spellings.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const line = withoutSecrets(text, secrets)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 3)}...` : line
}

/** As it is but for the secrets: as they are, percent-encoded, as a form or JSON spells them, and in base64. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  // Longest first: what holds another is not left half shown.
  const all = [...new Set(secrets.flatMap(spellings))].sort((a, b) => b.length - a.length)
  return all.reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

function spellings(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return []
  const bytes = Buffer.from(secret, 'utf8')
  const percent = encodeURIComponent(secret)
  return [
    ...[secret, percent, percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ...[new URLSearchParams([['', secret]]).toString().slice(1), JSON.stringify(secret).slice(1, -1)],
    // With or without the padding.
    ...[bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')],
  ]
}
