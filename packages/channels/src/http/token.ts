import { createHash, timingSafeEqual } from 'node:crypto'

/** Compared in a time that tells nothing of the secret. */
export function sameSecret(given: string | undefined, secret: string | undefined): boolean {
  if (given === undefined || secret === undefined || secret === '') return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}

/** Shorter ones could be guessed by trying. */
export const SHORTEST_TOKEN = 24
