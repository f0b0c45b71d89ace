/** What is done to the keys of a store while no engine has it open. */
import type { Driver } from '../driver.ts'
import { SETTINGS_DEFAULTS } from '../settings/defaults.ts'
import type { KeySource } from './master-key.ts'
import type { SecretStore } from './store.ts'
import { forgetSecrets, rotateMasterKey } from './vault.ts'

/** Seals every secret anew under the next key of `keys`. Interrupted anywhere, the old or the new key is in force. */
export function rotateKey(driver: Driver, keys: KeySource): Promise<{ keyId: string; secrets: number }> {
  return withSecrets(driver, (store) => rotateMasterKey(store, keys))
}

/** Removes every secret of every service, so that the next start takes any key. Gives their number. */
export function forgetAllSecrets(driver: Driver): Promise<number> {
  return withSecrets(driver, forgetSecrets)
}

async function withSecrets<T>(driver: Driver, run: (store: SecretStore) => Promise<T>): Promise<T> {
  // The write that it was rejects too.
  const store = await driver.open({ defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined })
  try {
    return await run(store.secrets)
  } finally {
    await store.close()
  }
}
