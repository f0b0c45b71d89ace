import { adapters } from '@signalbox/channels'
import type { CreateService, CreateTemplate } from '@signalbox/contracts'
import { givenKey, type KeySource } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { addSandboxServices } from '../../src/sandbox-services.ts'
import { startServer, type RunningServer, type ServerOptions } from '../../src/server.ts'
import { call, type TestReply, type TestRequest } from './http.ts'

export interface TestServer extends RunningServer {
  readonly folder: string
  /** Every line that was logged. */
  readonly log: Record<string, unknown>[]
  call(path: string, request?: TestRequest): Promise<TestReply>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<TestReply>
  /** Runs one statement on the store's file, as an operator does with the sqlite3 shell. */
  sql(statement: string): void
  /** What one statement finds there. */
  rows(statement: string): Record<string, unknown>[]
  /** How many messages are stored. */
  stored(): Promise<number>
  /** A template and its id; by default a text message with the variable `code`. */
  template(input?: Partial<CreateTemplate>): Promise<number>
}

export interface TestServerOptions {
  /** The sandbox's settings on all channels. */
  sandbox?: CreateService['settings']
  server?: Partial<ServerOptions>
  folder?: string
  /** Secrets that settings of services name. */
  secret?: (name: string) => string | undefined
  /** Null: none, so that no secret can be kept. */
  keys?: KeySource | null
  /** Where recipients reach it. */
  publicUrl?: string
}

/**
 * A process of its own, as an operator's shell is one: file locks belong to processes, so a second SQLite inside this
 * one would take the engine's locks for its own and remove its write-ahead log.
 */
const SQL_PROGRAM = `
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(process.argv[1])
  database.exec('PRAGMA busy_timeout = 5000')
  const statement = process.argv[2]
  if (process.argv[3] === 'rows') console.log(JSON.stringify(database.prepare(statement).all()))
  else database.exec(statement)
  database.close()
`

/** The whole server on a temporary folder and a free port; closed and removed when the test ends. */
export async function openServer({
  sandbox,
  server = {},
  folder: given,
  secret = () => undefined,
  keys = givenKey(Buffer.alloc(32, 7).toString('base64'), 'MASTER_KEY'),
  publicUrl,
}: TestServerOptions = {}): Promise<TestServer> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'signalbox-bff-')))
  const log: Record<string, unknown>[] = []
  const lines = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  const running = await startServer({
    engine: { driver: embedded({ folder }), adapters: adapters(), secret, publicUrl, ...(keys ? { keys } : {}) },
    port: 0,
    log: pino({ level: 'debug' }, lines),
    async prepare(engine) {
      await addSandboxServices(engine)
      if (!sandbox) return
      for (const { id } of engine.services.list()) await engine.services.update(id, { settings: sandbox })
    },
    ...server,
  })
  onTestFinished(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    ...running,
    folder,
    log,
    call: (path, request) => call(running.url, path, request),
    post: (path, body, headers = {}) => call(running.url, path, { method: 'POST', body, headers }),
    sql(statement) {
      execFileSync(process.execPath, ['--no-warnings', '-e', SQL_PROGRAM, join(folder, 'signalbox.db'), statement])
    },
    rows(statement) {
      const program = ['--no-warnings', '-e', SQL_PROGRAM, join(folder, 'signalbox.db'), statement, 'rows']
      return JSON.parse(execFileSync(process.execPath, program, { encoding: 'utf8' })) as Record<string, unknown>[]
    },
    async stored() {
      const { messages } = await running.engine.messages.search({ limit: 200 })
      return messages.length
    },
    async template(input = {}) {
      const template = await running.engine.templates.create({
        name: 'Login code',
        channel: 'sms',
        content: 'Your code is {{code}}',
        ...input,
      })
      return template.id
    },
  }
}
