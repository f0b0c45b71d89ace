import type { AnyAdapter } from '@signalbox/channels/adapter'
import { spawn } from 'node:child_process'
import { once as onceNode } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { embedded } from '../../src/drivers/embedded.ts'
import { openDatabase } from '../../src/drivers/sqlite/database.ts'
import { createEngine, type Engine } from '../../src/engine.ts'
import { EngineError } from '../../src/errors.ts'
import { forgetAllSecrets, rotateKey } from '../../src/secrets/commands.ts'
import { keyFile } from '../../src/secrets/key-file.ts'
import { givenKey, MasterKeyError, type KeySource } from '../../src/secrets/master-key.ts'
import { temporaryFolder } from '../support/engine.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { createProvider } from '../support/provider.ts'

const ONE = Buffer.alloc(32, 7).toString('base64')
const OTHER = Buffer.alloc(32, 8).toString('base64')
const DYING = fileURLToPath(new URL('../support/dying-rotation.ts', import.meta.url))
const PASSWORD = 'correct-horse-battery-staple'

/** A provider that is asked with a secret, and remembers which one it got. */
function lockedProvider(): { adapter: AnyAdapter; got: (string | undefined)[] } {
  const provider = createProvider()
  const got: (string | undefined)[] = []
  const secret = { secret: true as const }
  const adapter: AnyAdapter = {
    ...provider.adapter,
    form: { schema: { type: 'object', properties: { password: secret, token: secret, host: { type: 'string' } } } },
    settings(raw) {
      const { password } = raw as { password?: unknown }
      const lost = typeof password === 'object' && password !== null && 'stored' in password && !password.stored
      if (password === undefined || lost) {
        return { ok: false, errors: [{ field: 'password', message: 'expected the secret' }] }
      }
      return { ok: true, value: raw }
    },
    async send(delivery, settings, context) {
      got.push(context.secret('password'))
      return provider.adapter.send(delivery, settings, context)
    },
  }
  return { adapter, got }
}

interface Opened {
  engine: Engine
  got: (string | undefined)[]
  problems: unknown[]
}

async function open(folder: string, keys: KeySource | null, environment: Record<string, string> = {}): Promise<Opened> {
  const { adapter, got } = lockedProvider()
  const problems: unknown[] = []
  const engine = await createEngine({
    ...{ driver: embedded({ folder }), adapters: [adapter], clock: new ManualClock() },
    ...(keys ? { keys } : {}),
    secret: (name) => environment[name],
    log: { info: () => undefined, warn: (fields) => problems.push(fields) },
  })
  onTestFinished(() => engine.stop({ deadlineMs: 0 }))
  return { engine, got, problems }
}

const service = (settings: Record<string, unknown>, name = 'account') => ({
  ...{ name, channel: 'sms' as const, adapter: 'test.provider', priority: 10, enabled: true, settings },
})

async function sendOne({ engine, got }: Opened): Promise<string | undefined> {
  const template = await engine.templates.create({ name: `t${Math.random()}`, channel: 'sms', content: 'hello' })
  await engine.start()
  const sent = new Promise<void>((resolve) => engine.events.on('message:sent', () => resolve()))
  await engine.messages.accept({ templateId: template.id, recipient: '13800138000', variables: {} })
  await sent
  return got.at(-1)
}

const given = (base64 = ONE) => givenKey(base64, 'MASTER_KEY')

function bytesOf(folder: string): string {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('master.key'))
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
}

describe('a secret of a service', () => {
  it('reaches the provider, also after a restart, and lies in no file of the store', async () => {
    const folder = temporaryFolder()
    const first = await open(folder, given())
    const { id } = await first.engine.services.create(service({ password: PASSWORD, host: 'here' }))
    expect(first.engine.services.get(id).settings).toEqual({ password: { stored: true }, host: 'here' })
    expect(await sendOne(first)).toBe(PASSWORD)
    expect(bytesOf(folder)).not.toContain(PASSWORD)
    await first.engine.stop()
    expect(bytesOf(folder)).not.toContain(PASSWORD)
    expect(bytesOf(folder)).toContain('here')

    const second = await open(folder, given())
    expect(second.engine.services.get(id).settings).toEqual({ password: { stored: true }, host: 'here' })
    expect(await sendOne(second)).toBe(PASSWORD)
  })

  it('is kept, exchanged, moved to the environment and removed by what the settings say', async () => {
    const folder = temporaryFolder()
    const opened = await open(folder, given(), { SECRET_A: 'from the environment' })
    const { services } = opened.engine
    const { id } = await services.create(service({ password: 'first', token: 'other' }))
    await services.update(id, { settings: { password: { stored: true }, host: 'elsewhere' } })
    expect(services.get(id).settings).toEqual({ password: { stored: true }, host: 'elsewhere' })
    expect(await sendOne(opened)).toBe('first')
    await services.update(id, { name: 'renamed' })
    expect(await sendOne(opened)).toBe('first')
    await services.update(id, { settings: { password: 'second' } })
    expect(await sendOne(opened)).toBe('second')
    const back = services.update(id, { settings: { password: { stored: true }, token: { stored: true } } })
    await expect(back).rejects.toThrow(/^expected settings\.token to be the secret, since none is stored/)
    await services.update(id, { settings: { password: { env: 'SECRET_A' } } })
    expect(services.get(id).settings).toEqual({ password: { env: 'SECRET_A' } })
    expect(await sendOne(opened)).toBe('from the environment')
    const gone = services.update(id, { settings: { password: { stored: true } } })
    await expect(gone).rejects.toThrow(EngineError)
  })

  it('is not taken along by a service that was refused', async () => {
    const folder = temporaryFolder()
    const { engine } = await open(folder, given())
    await engine.services.create(service({ password: 'mine' }))
    await expect(engine.services.create(service({ password: 'theirs' }))).rejects.toThrow(/no other service has/)
    const { id } = await engine.services.create(service({ password: { env: 'SECRET_A' } }, 'third'))
    const claimed = engine.services.update(id, { settings: { password: { stored: true } } })
    await expect(claimed).rejects.toThrow(/since none is stored/)
  })

  it('cannot be kept without a master key, and the refusal does not tell it', async () => {
    const { engine } = await open(temporaryFolder(), null)
    expect(engine.keyFor('unsubscribe')).toBeNull()
    const refused = engine.services.create(service({ password: PASSWORD }))
    await expect(refused).rejects.toThrow(/^expected settings\.password to be \{"env": "SECRET_…"\}/)
    const error = (await refused.catch((thrown: unknown) => thrown)) as EngineError
    expect(JSON.stringify([error.message, error.issues])).not.toContain(PASSWORD)
    await engine.services.create(service({ password: { env: 'SECRET_A' } }))
  })
})

describe('a start', () => {
  async function folderWithSecret(keys: KeySource): Promise<string> {
    const folder = temporaryFolder()
    const { engine } = await open(folder, keys)
    await engine.services.create(service({ password: PASSWORD }))
    await engine.stop()
    return folder
  }

  it('is refused with another key, in words that lead out, and goes well again with the right one', async () => {
    const folder = await folderWithSecret(given())
    const wrong = open(folder, given(OTHER))
    await expect(wrong).rejects.toThrow(MasterKeyError)
    await expect(wrong).rejects.toThrow(
      /expected the master key with which .*got key [0-9a-f]{16} in MASTER_KEY\. Give/,
    )
    await expect(open(folder, null)).rejects.toThrow(MasterKeyError)
    expect(await sendOne(await open(folder, given()))).toBe(PASSWORD)
  })

  it('is refused when the key file is gone, and does not make another in its place', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'master.key')
    const { engine } = await open(folder, keyFile(path))
    expect(existsSync(path)).toBe(true)
    await engine.stop()
    rmSync(path)
    await expect(open(folder, keyFile(path))).rejects.toThrow(/got none in the file .*--forget-secrets/)
    expect(existsSync(path)).toBe(false)
  })

  it('goes on with another key once the secrets are forgotten; services say that theirs is to be entered anew', async () => {
    const folder = await folderWithSecret(given())
    expect(await forgetAllSecrets(embedded({ folder }))).toBe(1)
    const opened = await open(folder, given(OTHER))
    const [account] = opened.engine.services.list()
    expect(account?.settings).toEqual({ password: { stored: false } })
    expect(opened.engine.services.list()).toHaveLength(1)
    await opened.engine.services.update(account?.id ?? 0, { settings: { password: 'entered anew' } })
    expect(await sendOne(opened)).toBe('entered anew')
  })

  it('tells of a secret that was changed or moved in the store, and has it entered anew', async () => {
    const folder = temporaryFolder()
    const { engine } = await open(folder, given())
    await engine.services.create(service({ password: 'of the first' }))
    await engine.services.create(service({ password: 'of the second' }, 'second'))
    await engine.stop()
    const db = openDatabase(folder, 'write')
    db.exec(`UPDATE service_secrets SET (nonce, ciphertext) =
      (SELECT nonce, ciphertext FROM service_secrets WHERE service_id = 2) WHERE service_id = 1`)
    db.close()
    const opened = await open(folder, given())
    expect(opened.engine.services.list().map(({ settings }) => settings)).toEqual([
      { password: { stored: false } },
      { password: { stored: true } },
    ])
    expect(JSON.stringify(opened.problems)).toContain('secrets')
  })

  it('neither uses nor shows a secret that somebody wrote into the database as text', async () => {
    const folder = temporaryFolder()
    const { engine } = await open(folder, given())
    await engine.services.create(service({ password: 'sealed' }))
    await engine.stop()
    const db = openDatabase(folder, 'write')
    db.exec(`UPDATE services SET settings = '{"password": "${PASSWORD}"}'`)
    db.close()
    const opened = await open(folder, given())
    expect(opened.engine.services.list()[0]?.settings).toEqual({ password: { stored: false } })
    expect(opened.problems).toMatchObject([{ where: 'secrets' }])
    expect(JSON.stringify(opened.problems)).not.toContain(PASSWORD)
  })

  it('derives the same keys for other purposes as the one before', async () => {
    const folder = temporaryFolder()
    const first = await open(folder, given())
    const key = first.engine.keyFor('unsubscribe')
    expect(key).toHaveLength(32)
    await first.engine.stop()
    expect((await open(folder, given())).engine.keyFor('unsubscribe')).toEqual(key)
  })
})

describe('a change of the master key', () => {
  const SERVICES = 20

  async function prepared(): Promise<{ folder: string; path: string; old: string }> {
    const folder = temporaryFolder()
    const path = join(folder, 'master.key')
    const { engine } = await open(folder, keyFile(path))
    for (let at = 0; at < SERVICES; at++) {
      await engine.services.create(service({ password: `${PASSWORD} ${at}` }, `account ${at}`))
    }
    await engine.stop()
    return { folder, path, old: readFileSync(path, 'utf8') }
  }

  async function allOpen(folder: string, path: string): Promise<void> {
    const { engine, problems } = await open(folder, keyFile(path))
    const stored = engine.services.list().map(({ settings }) => settings)
    expect(stored).toEqual(Array.from({ length: SERVICES }, () => ({ password: { stored: true } })))
    expect(problems).toEqual([])
    expect(existsSync(`${path}.next`)).toBe(false)
    await engine.stop()
  }

  it('leaves every secret as it was, under the new key alone', async () => {
    const { folder, path, old } = await prepared()
    const { secrets } = await rotateKey(embedded({ folder }), keyFile(path))
    expect(secrets).toBe(SERVICES)
    expect(readFileSync(path, 'utf8')).not.toBe(old)
    await allOpen(folder, path)
    await expect(open(folder, givenKey(old, 'the old one'))).rejects.toThrow(MasterKeyError)
  })

  it.each([
    ['before the next key', 'old'],
    ['after the next key', 'old'],
    ['after the commit', 'new'],
    ['0', 'old or new'],
    ['5', 'old or new'],
    ['20', 'old or new'],
  ])('that is killed (%s) leaves the %s key in force, and can be made again', async (point, inForce) => {
    const { folder, path, old } = await prepared()
    const child = spawn(process.execPath, [DYING, folder, point])
    await onceNode(child, 'close')
    // A delay may be longer than it took.
    if (Number.isNaN(Number(point))) expect(child.signalCode).toBe('SIGKILL')
    await allOpen(folder, path)
    expect(inForce).toContain(readFileSync(path, 'utf8') === old ? 'old' : 'new')
    await rotateKey(embedded({ folder }), keyFile(path))
    await allOpen(folder, path)
  })

  it('to a key that is given takes that key', async () => {
    const folder = temporaryFolder()
    const first = await open(folder, given())
    await first.engine.services.create(service({ password: PASSWORD }))
    await first.engine.stop()
    await expect(rotateKey(embedded({ folder }), given())).rejects.toThrow(/expected the key to change to, got none/)
    await rotateKey(embedded({ folder }), givenKey(ONE, 'MASTER_KEY', { base64: OTHER, where: 'MASTER_KEY_NEXT' }))
    await expect(open(folder, given())).rejects.toThrow(MasterKeyError)
    expect(await sendOne(await open(folder, given(OTHER)))).toBe(PASSWORD)
  })
})
