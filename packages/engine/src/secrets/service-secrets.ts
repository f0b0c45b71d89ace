/**
 * The secrets of services. They are taken out of the settings before those are written, and come back only where an adapter
 * asks for one while it sends: no record, event or reply holds them.
 */
import type { AnyAdapter } from '@signalbox/channels/adapter'
import { EngineError, issue } from '../errors.ts'
import type { ServiceRecord } from '../services/services.ts'
import { MasterKeyError, type KeySource } from './master-key.ts'
import type { SealedSecret, SecretChange, SecretStore } from './store.ts'
import { openVault, type Vault } from './vault.ts'

type SettingsOfService = ServiceRecord['settings']

/** What stands in the settings where a secret is kept. */
const STORED = { stored: true } as const
/** … and where it was kept, but cannot be read any more. No adapter takes it: the secret is to be entered anew. */
const LOST = { stored: false } as const

export interface ServiceSecrets {
  /** A key for another purpose; null without a master key. */
  keyFor(purpose: string): Buffer | null
  /**
   * Settings as they are kept, and what becomes of the secrets in them. Throws an `EngineError` (`invalid`) for a secret that is
   * said to be stored and is not, and for one that cannot be kept without a master key.
   */
  split(
    adapter: AnyAdapter,
    serviceId: number,
    given: SettingsOfService,
  ): { settings: SettingsOfService; changes: SecretChange[] }
  /** Called when the store has them. */
  written(serviceId: number, changes: readonly SecretChange[]): void
  /** A service as the store gave it; where a secret is missing its settings say so. */
  loaded(service: ServiceRecord, adapter: AnyAdapter | undefined): ServiceRecord
  /** Takes over what others have written. Gives the services whose secrets are others than before. */
  readAgain(): Promise<ReadonlySet<number>>
  /** The secret of a field: kept here, or held by the environment. */
  open(service: ServiceRecord, field: string): string | undefined
}

export interface ServiceSecretsDeps {
  store: SecretStore
  keys: KeySource | null
  /** Looks up what settings name as `{env: NAME}`. */
  environment: (name: string) => string | undefined
  onError: (where: string, error: unknown) => void
}

export async function openServiceSecrets(deps: ServiceSecretsDeps): Promise<ServiceSecrets> {
  const { vault, sealed } = await opened(deps)
  let kept = readable(sealed)
  /** The key under which others seal since it was changed; null while it is ours. */
  let otherKey: string | null = null

  function readable(all: readonly SealedSecret[]): Map<string, SealedSecret> {
    const found = new Map<string, SealedSecret>()
    for (const secret of all) {
      try {
        vault?.open(secret)
        found.set(placeOf(secret.serviceId, secret.field), secret)
      } catch (error) {
        deps.onError('secrets', error)
      }
    }
    return found
  }

  function seal(serviceId: number, field: string, secret: string): SealedSecret {
    if (otherKey !== null) throw new EngineError('conflict', changedKey(otherKey))
    if (vault) return vault.seal(serviceId, field, secret)
    const path = `settings.${field}`
    const message = `expected ${path} to be {"env": "SECRET_…"}: there is no master key to keep a secret under`
    throw new EngineError('invalid', message, {
      issues: [{ path, expected: '{"env": "SECRET_…"}', got: 'a secret', message }],
    })
  }

  return {
    keyFor: (purpose) => vault?.keyFor(purpose) ?? null,
    split(adapter, serviceId, given) {
      const settings = { ...given }
      const changes: SecretChange[] = []
      for (const field of secretFields(adapter)) {
        const value = settings[field]
        const isKept = kept.has(placeOf(serviceId, field))
        if (typeof value === 'string') {
          settings[field] = STORED
          changes.push({ field, sealed: seal(serviceId, field, value) })
        } else if (isStored(value)) {
          if (isKept) continue
          const problem = issue(`settings.${field}`, 'the secret, since none is stored', value)
          throw new EngineError('invalid', problem.message, { issues: [problem] })
        } else if (isKept) {
          changes.push({ field, sealed: null })
        }
      }
      return { settings, changes }
    },
    written(serviceId, changes) {
      for (const { field, sealed: secret } of changes) {
        if (secret) kept.set(placeOf(serviceId, field), secret)
        else kept.delete(placeOf(serviceId, field))
      }
    },
    loaded(service, adapter) {
      const settings = { ...service.settings }
      for (const field of adapter ? secretFields(adapter) : []) {
        const value = settings[field]
        if (isStored(value) && !kept.has(placeOf(service.id, field))) settings[field] = LOST
        if (typeof value !== 'string') continue
        settings[field] = LOST
        const what = `settings.${field} of service ${service.name}`
        deps.onError('secrets', new Error(`expected ${what} to be sealed, got text in the database: enter it anew`))
      }
      return { ...service, settings }
    },
    async readAgain() {
      const all = (await deps.store.list()).filter(({ serviceId }) => serviceId > 0)
      const foreign = all.find(({ keyId }) => keyId !== vault?.keyId)
      if (foreign) {
        // What is here still opens: it goes on with that until it is started with the new key.
        if (otherKey !== foreign.keyId) deps.onError('secrets', new MasterKeyError(changedKey(foreign.keyId)))
        otherKey = foreign.keyId
        return new Set()
      }
      otherKey = null
      const before = kept
      kept = readable(all)
      const differs = (place: string) => !sameSecret(before.get(place), kept.get(place))
      const places = [...new Set([...before.keys(), ...kept.keys()])].filter(differs)
      return new Set(places.map((place) => (kept.get(place) ?? before.get(place))?.serviceId ?? 0))
    },
    open({ id, settings }, field) {
      const name = environmentName(settings[field])
      if (name !== undefined) return deps.environment(name)
      const secret = kept.get(placeOf(id, field))
      return secret && vault?.open(secret)
    },
  }
}

async function opened({ store, keys }: ServiceSecretsDeps): Promise<{ vault: Vault | null; sealed: SealedSecret[] }> {
  if (keys) return openVault(store, keys)
  const ofServices = (await store.list()).filter(({ serviceId }) => serviceId > 0)
  if (ofServices.length === 0) return { vault: null, sealed: [] }
  throw new MasterKeyError(
    `expected the master key with which ${ofServices.length} secrets of this store are sealed, key ${ofServices[0]?.keyId}, got none`,
  )
}

function secretFields(adapter: AnyAdapter): string[] {
  const properties = Object.entries(adapter.form?.schema.properties ?? {})
  return properties.flatMap(([field, { secret }]) => (secret ? [field] : []))
}

function sameSecret(a: SealedSecret | undefined, b: SealedSecret | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a.ciphertext, b.ciphertext) === 0
}

function changedKey(keyId: string): string {
  return `the master key of this store was changed to key ${keyId} while this node runs: start it again with that key`
}

const placeOf = (serviceId: number, field: string) => `${serviceId}\n${field}`

function isStored(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'stored' in value && value.stored === true
}

function environmentName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('env' in value)) return undefined
  return typeof value.env === 'string' ? value.env : undefined
}
