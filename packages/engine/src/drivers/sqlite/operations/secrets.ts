import type { SealedSecret, SecretChange } from '../../../secrets/store.ts'
import type { Db } from '../database.ts'

const COLUMNS = 'service_id AS serviceId, field, key_id AS keyId, nonce, ciphertext'

const putInto = (db: Db) =>
  db.prepare<[SealedSecret]>(
    'INSERT OR REPLACE INTO service_secrets VALUES (@serviceId, @field, @keyId, @nonce, @ciphertext)',
  )

export function secretOperations(db: Db) {
  const get = db.prepare<[SealedSecret], SealedSecret>(
    `SELECT ${COLUMNS} FROM service_secrets WHERE service_id = @serviceId AND field = @field`,
  )
  const count = db.prepare<[string], { total: number; others: number }>(
    'SELECT count(*) AS total, count(*) FILTER (WHERE key_id <> ?) AS others FROM service_secrets',
  )
  const put = putInto(db)
  const clear = db.prepare('DELETE FROM service_secrets')
  return {
    putFirst(secret: SealedSecret): SealedSecret {
      const there = get.get(secret)
      if (there) return there
      put.run(secret)
      return secret
    },
    replaceAll(secrets: readonly SealedSecret[], keyId: string): boolean {
      const { total, others } = count.get(keyId) as { total: number; others: number }
      if (others > 0 || total !== secrets.length) return false
      clear.run()
      for (const secret of secrets) put.run(secret)
      return true
    },
    clear(): void {
      clear.run()
    },
  }
}

/** For those who write a service: its secrets go with it. */
export function secretChanges(db: Db): (serviceId: number, changes: readonly SecretChange[]) => void {
  const put = putInto(db)
  const remove = db.prepare<[number, string]>('DELETE FROM service_secrets WHERE service_id = ? AND field = ?')
  return (serviceId, changes) => {
    for (const { field, sealed } of changes) {
      if (sealed) put.run(sealed)
      else remove.run(serviceId, field)
    }
  }
}

export function secretReads(db: Db) {
  const all = db.prepare<[], SealedSecret>(`SELECT ${COLUMNS} FROM service_secrets ORDER BY service_id, field`)
  return { list: (): SealedSecret[] => all.all() }
}
