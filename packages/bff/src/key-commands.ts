/** `--rotate-key` and `--forget-secrets`: while the server is stopped. */
import { forgetAllSecrets, rotateKey } from '@signalbox/engine'
import { soleDriverOf } from './driver.ts'
import type { Env } from './env.ts'

type Note = (level: 'info' | 'warn', message: string) => void

/** Each gives the line that it ends with. */
export const KEY_COMMANDS: Readonly<Record<string, (env: Env, note: Note) => Promise<string>>> = {
  async '--rotate-key'(env, note) {
    const keys = env.keys(note)
    const { keyId, secrets } = await rotateKey(soleDriverOf(env), keys)
    const next = env.keyIsGiven
      ? 'start with MASTER_KEY set to what MASTER_KEY_NEXT is now, and without MASTER_KEY_NEXT'
      : `it is in ${keys.where}`
    return `Sealed ${secrets} secrets anew under key ${keyId}: ${next}. Backups made before need the key from before.`
  },
  async '--forget-secrets'(env) {
    const count = await forgetAllSecrets(soleDriverOf(env))
    return `Removed ${count} secrets: enter them anew in their services. The next start takes any master key.`
  },
}
