/** A secret as it is kept: unreadable without the master key, and only in its own place. */
export interface SealedSecret {
  /** 0: the vault's own. */
  serviceId: number
  field: string
  /** Names the master key it was sealed under, and tells nothing of it. */
  keyId: string
  nonce: Uint8Array
  /** With the authentication tag at its end. */
  ciphertext: Uint8Array
}

/** What becomes of a field's secret when its service is written; null: it goes. */
export interface SecretChange {
  field: string
  sealed: SealedSecret | null
}

/**
 * Where sealed secrets lie, one per service and field. It never sees a key or what is sealed. Those of services are written
 * with their services (`ServiceStore`), in one transaction. Every write is durable when its promise settles.
 */
export interface SecretStore {
  /** In order of service and field. */
  list(): Promise<SealedSecret[]>
  /** Kept unless there is one of that service and field; gives the one that is there then. */
  putFirst(secret: SealedSecret): Promise<SealedSecret>
  /**
   * Takes the place of all there are, in one transaction. False, and nothing is changed, when there is one sealed under
   * another key than `keyId`, or another number of them than `secrets` has: they were written meanwhile.
   */
  replaceAll(secrets: readonly SealedSecret[], keyId: string): Promise<boolean>
  /** Removes all of them. */
  clear(): Promise<void>
}
