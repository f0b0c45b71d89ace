/** Keys of providers as they look when they are real. Such a key in a repository is known to everybody from then on. */

export const PATTERNS: Readonly<Record<string, RegExp>> = {
  'Aliyun AccessKey ID': /\bLTAI[0-9A-Za-z]{12,24}\b/g,
  'Tencent SecretId': /\bAKID[0-9A-Za-z]{28,36}\b/g,
  'AWS access key': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  'Twilio key or account': /\b(?:SK|AC)[0-9a-f]{32}\b/g,
  'SendGrid key': /\bSG\.[\w-]{16,32}\.[\w-]{32,64}\b/g,
  'Google key': /\bAIza[0-9A-Za-z_-]{35}\b/g,
  'hook of a Feishu or Lark bot': /\/bot\/v2\/hook\/[0-9a-f]{8}-[0-9a-f-]{27}/gi,
  'hook of a DingTalk bot': /access_token=[0-9a-f]{64}\b/gi,
  'DingTalk signing secret': /\bSEC[0-9a-f]{64}\b/g,
  'hook of a WeCom bot': /webhook\/send\?key=[0-9a-f]{8}-[0-9a-f-]{27}/gi,
  'hook of Slack': /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/g,
  'webhook secret': /\bwhsec_[A-Za-z0-9+/]{32,}/g,
  'private key': /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{16}/g,
  'GitHub token': /\bgh[pousr]_[A-Za-z0-9]{36}\b/g,
  'Slack token': /\bxox[abprs]-[0-9A-Za-z-]{10,}/g,
  'Stripe key': /\b[rs]k_live_[0-9A-Za-z]{16,}/g,
  'WeChat AppSecret': /\b(?:app_?secret|secret)["']?\s*[:=]\s*["'][0-9a-f]{32}["']/gi,
}

/** Published in documentation, where our signatures are checked against them. */
export const PUBLISHED: ReadonlySet<string> = new Set([
  // The specification of Standard Webhooks.
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
])

export interface Found {
  what: string
  /** Its first characters alone: a log of this must not be a second place where it stands. */
  begins: string
  line: number
}

/** A real key has many different characters after its prefix and what leads to it; `AC000…` and `0123456789abcdef` are made up. */
function looksMadeUp(text: string): boolean {
  const key = /[\w+-]+["']?$/.exec(text)?.[0] ?? text
  const letters = key === text ? key.slice(4) : key
  const steps = [...letters].slice(1).filter((letter, at) => letter.charCodeAt(0) - letters.charCodeAt(at) === 1)
  return new Set(letters).size < 10 || steps.length > letters.length / 2
}

export function secretsIn(text: string): Found[] {
  return Object.entries(PATTERNS).flatMap(([what, pattern]) =>
    [...text.matchAll(pattern)]
      .filter(([match]) => !PUBLISHED.has(match) && !looksMadeUp(match))
      .map((match) => ({
        what,
        begins: `${match[0].slice(0, 8)}…`,
        line: text.slice(0, match.index).split('\n').length,
      })),
  )
}
