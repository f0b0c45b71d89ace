import { createHash, timingSafeEqual } from 'node:crypto'

/** Compared in a time that tells nothing of the secret. */
export function sameSecret(given: string | undefined, secret: string | undefined): boolean {
  if (given === undefined || secret === undefined || secret === '') return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}

/** Shorter ones could be guessed by trying: they open nothing. */
export const SHORTEST_TOKEN = 24

export function isLongEnough(secret: string | undefined): secret is string {
  return secret !== undefined && secret.length >= SHORTEST_TOKEN
}

/** Whether the end of the address is the secret that only the provider was told. */
export function opensWith(token: string | undefined, secret: string | undefined): boolean {
  return isLongEnough(secret) && sameSecret(token, secret)
}
