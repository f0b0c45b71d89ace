import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { call } from '../test/support/http.ts'
import { LISTENS, run } from '../test/support/program.ts'

// Each starts a process of its own; a busy machine takes its time.
describe('the program', { timeout: 60_000 }, () => {
  it('starts empty with a sandbox per channel, and ends cleanly on SIGTERM', async () => {
    const program = await run({})
    const [, url = ''] = await program.says(LISTENS)
    expect((await call(url, '/api/services')).body.data).toHaveLength(5)
    program.process.kill('SIGTERM')
    expect(await program.exit).toBe(0)
    expect(program.output()).toContain('SIGTERM: finishing what is under way')
  })

  it('ends at once on a second signal, in the middle of what it finishes, but not on the echo of the first', async () => {
    const program = await run({ LOG_LEVEL: 'warn' })
    const [, url = ''] = await program.says(LISTENS)
    const post = (path: string, body: object, method = 'POST') => call(url, path, { method, body })
    const { body: services } = await call(url, '/api/services')
    const id = (services.data as { id: number; channel: string }[]).find((service) => service.channel === 'sms')?.id
    await post(`/api/services/${id}`, { settings: { latency_ms: { min: 60_000, max: 60_000 } } }, 'PUT')
    await post('/api/messages/templates', { name: 'Slow', channel: 'sms', content: 'slow' })
    const { body } = await post('/api/messages/send', { template_id: 1, recipient: '+8613800138000' })
    const state = async () => (await call(url, `/api/messages/${body.data.record_id}`)).body.data.status
    await expect.poll(state).toBe('sending')

    program.process.kill('SIGINT')
    await program.says(/SIGINT: finishing/)
    const begun = performance.now()
    // Signals that come at once are the same Ctrl-C; the first one after a second ends the program.
    const again = setInterval(() => program.process.kill('SIGINT'), 50)
    expect(await program.exit).toBe(1)
    clearInterval(again)
    expect(performance.now() - begun).toBeGreaterThan(900)
  })

  it('keeps secrets under a key in a file of its own, changes it, and refuses to start without it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-keys-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const DATA_DIR = join(folder, 'data')
    const file = join(DATA_DIR, 'master.key')
    const start = async (variables: Record<string, string> = {}) => {
      const program = await run({ DATA_DIR, ...variables })
      const [, url = ''] = await program.says(LISTENS)
      return { program, url }
    }
    const first = await start()
    expect(first.program.output()).toContain(`made the master key ${file}`)
    const settings = { host: 'smtp.example.com', from: { address: 'a@example.com' }, user: 'box', password: 'hunter2' }
    const body = { name: 'Mail', channel: 'email', adapter: 'email.smtp', settings }
    expect((await call(first.url, '/api/services', { method: 'POST', body })).status).toBe(201)
    first.program.process.kill('SIGTERM')
    expect(await first.program.exit).toBe(0)
    expect(first.program.output()).not.toContain('hunter2')
    const old = await readFile(file, 'utf8')

    const rotation = await run({ DATA_DIR }, '--rotate-key')
    expect(await rotation.exit).toBe(0)
    expect(rotation.output()).toContain(`Sealed 1 secrets anew under key`)
    expect(await readFile(file, 'utf8')).not.toBe(old)

    const wrong = await run({ DATA_DIR, MASTER_KEY: old.trim() })
    expect(await wrong.exit).toBe(1)
    expect(wrong.output()).toMatch(/^the server did not start: expected the master key with which.*in MASTER_KEY\./m)

    const second = await start()
    const { body: services } = await call(second.url, '/api/services')
    expect(services.data.at(-1)).toMatchObject({ name: 'Mail', settings: { password: { stored: true } } })
    second.program.process.kill('SIGTERM')
    expect(await second.program.exit).toBe(0)

    await rm(file)
    const without = await run({ DATA_DIR })
    expect(await without.exit).toBe(1)
    const forgetting = await run({ DATA_DIR }, '--forget-secrets')
    expect(await forgetting.exit).toBe(0)
    expect(forgetting.output()).toContain('Removed 1 secrets')
    const third = await start()
    const { body: after } = await call(third.url, '/api/services')
    expect(after.data.at(-1)).toMatchObject({ name: 'Mail', settings: { password: { stored: false } } })
  })

  it('shows its settings with --check and starts nothing', async () => {
    const program = await run({ SECRET_SMTP: 'hunter2', PORT: '9123' }, '--check')
    expect(await program.exit).toBe(0)
    expect(program.output()).toMatch(/^PORT=9123\nHOST=127\.0\.0\.1\nDATA_DIR=/)
    expect(program.output()).not.toContain('hunter2')
  })

  it.each([
    [{ HOST: '0.0.0.0' }, /^expected HOST to be 127\.0\.0\.1.*set HOST=127\.0\.0\.1\n$/],
    [{ PORT: 'x' }, /^expected PORT to be a port number/],
  ])('refuses to start with %j, in one line', async (variables, line) => {
    const program = await run(variables)
    expect(await program.exit).toBe(1)
    expect(program.output()).toMatch(line)
  })

  it('names the port that is taken', async () => {
    const first = await run({})
    const [, url = ''] = await first.says(LISTENS)
    const { port } = new URL(url)
    const second = await run({ PORT: port, LOG_LEVEL: 'silent' })
    expect(await second.exit).toBe(1)
    expect(second.output()).toBe(`expected port ${port} to be free, got one in use; set PORT to another\n`)
  })

  it('moves a data folder only where DATABASE_URL says to, and only one that is there', async () => {
    const nowhere = await run({}, '--move-to-postgres')
    expect(await nowhere.exit).toBe(1)
    expect(nowhere.output()).toBe('expected DATABASE_URL to say where to move to, got nothing\n')

    const nothing = await run({ DATABASE_URL: 'postgres://127.0.0.1:1/none' }, '--move-to-postgres')
    expect(await nothing.exit).toBe(1)
    expect(nothing.output()).toMatch(/^expected the data folder \S+ to hold signalbox.db, got none\n$/)
  })
})
