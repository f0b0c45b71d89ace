/** One store, one fake provider, one server that can die and come back, and clients that load it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientOptions, ClientSummary } from '../processes/load-client.ts'
import type { ProviderOptions } from '../processes/provider.ts'
import type { ServerProcessOptions, ServerReady, ServerSettings } from '../processes/server.ts'
import type { Crash } from '../system/crash.ts'
import { createApi, type Api } from './api.ts'
import { startChild, type Child, type Exit } from './child.ts'
import { readStore } from './database.ts'
import { freePort } from './free-port.ts'
import { judge, type Bounds, type Verdict } from './judge.ts'
import type { ClientLine, ProviderLine } from './lines.ts'
import { readLog } from './synced-log.ts'
import { until } from './wait.ts'

export interface RigOptions {
  seed: number
  policy?: 'hold' | 'retry'
  server?: Partial<Pick<ServerSettings, 'inFlight' | 'system' | 'receipts'>>
  provider?: Partial<Pick<ProviderOptions, 'latencyMs' | 'lateMs'>>
  /** Where the store lies; default: in the rig's own folder. */
  dataFolder?: string
}

/** For one life of the server. */
export interface Life {
  crash?: Crash
  /** False: messages are taken and wait. Default true. */
  sending?: boolean
  /** For its Node. */
  execArgv?: readonly string[]
}

export interface Client {
  /** Begins nothing new; resolves when every worker has its last answer. */
  stop(): Promise<ClientSummary>
  /** Resolves when it has asked for all it was to ask for. */
  readonly done: Promise<ClientSummary>
}

export interface Rig {
  /** Holds logs and output; removed by `close` unless something went wrong. */
  readonly folder: string
  readonly dataFolder: string
  readonly api: Api
  readonly url: string
  readonly server: Child
  /** Starts the server without waiting for it. */
  launch(life?: Life): Child
  /** Milliseconds from the start until `/health` says that it takes messages. */
  start(life?: Life): Promise<number>
  client(options?: Partial<Pick<ClientOptions, 'inFlight' | 'modes' | 'count' | 'pauseMs'>>): Promise<Client>
  /** One more process, ended with the rig. */
  child(file: string, options: object): Child
  clientLines(): ClientLine[]
  providerLines(): ProviderLine[]
  /** Waits until every message has ended and late answers have left that many unknown. */
  settled(unknown: number): Promise<void>
  /** Waits until every message has ended, ends the server with SIGTERM and holds everything against everything. */
  verdict(bounds: Pick<Bounds, 'kills'>): Promise<Verdict>
  stop(): Promise<Exit>
  /** Ends every process. `keep` leaves the folder for a look. */
  close(options?: { keep?: boolean }): Promise<void>
}

export const IN_FLIGHT = 32
const READY_MS = 15_000
const DRAINED_MS = 120_000
const RESOLVED_MS = 20_000

export async function openRig(options: RigOptions): Promise<Rig> {
  const { seed, policy = 'hold' } = options
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-fault-'))
  const dataFolder = options.dataFolder ?? join(folder, 'data')
  const inFlight = options.server?.inFlight ?? IN_FLIGHT
  const children: Child[] = []
  const start = (file: string, settings: object, execArgv?: readonly string[]) => {
    const child = startChild(file, settings, join(folder, `${file}.out`), execArgv)
    children.push(child)
    return child
  }
  const provider: ProviderOptions = {
    log: join(folder, 'provider.log'),
    seed,
    latencyMs: { min: 0, max: 10 },
    lateMs: 2_000,
    ...options.provider,
  }
  const { url: providerUrl } = await start('provider.ts', provider).heard<{ kind: 'ready'; url: string }>('ready')
  const port = await freePort(seed)
  const url = `http://127.0.0.1:${port}`
  const api = createApi(url)
  const clientLog = join(folder, 'client.log')
  let clients = 0
  let server: Child | null = null
  let templateId = 0

  function launch({ crash, sending = true, execArgv }: Life = {}): Child {
    const settings: ServerProcessOptions = {
      ...{ folder: dataFolder, port, providerUrl, inFlight, crash, sending },
      receipts: options.server?.receipts ?? false,
      system: { 'channel.sms.unknown_policy': policy, ...options.server?.system },
    }
    server = start('server.ts', settings, execArgv)
    return server
  }

  const drained = () => until('every message to have ended', DRAINED_MS, async () => (await api.waiting()) === 0)

  const rig: Rig = {
    folder,
    dataFolder,
    api,
    url,
    get server() {
      if (!server) throw new Error('expected the server to have been started')
      return server
    },
    launch,
    async start(life) {
      const begun = performance.now()
      const child = launch(life)
      const ready = await child.heard<ServerReady>('ready')
      templateId = ready.templateId
      await until('the server to be ready', READY_MS, () => api.ready())
      return performance.now() - begun
    },
    async client(given = {}) {
      clients += 1
      const settings: ClientOptions = {
        ...{
          log: clientLog,
          url,
          templateId,
          seed: seed + clients,
          inFlight: 16,
          modes: ['ok'],
          count: null,
          pauseMs: 0,
        },
        prefix: `${clients}-`,
        ...given,
      }
      const child = start('load-client.ts', settings)
      const done = child.heard<ClientSummary>('done')
      // Waited for later, if at all.
      done.catch(() => undefined)
      await child.heard('ready')
      return {
        done,
        stop: () => {
          child.tell({ kind: 'stop' })
          return done
        },
      }
    },
    child: (file, settings) => start(file, settings),
    clientLines: () => readLog<ClientLine>(clientLog),
    providerLines: () => readLog<ProviderLine>(provider.log),
    async settled(unknown) {
      await drained()
      const settled = async () => (await api.idsIn('unknown')).length === unknown
      await until(`late answers to leave ${unknown} unknown`, RESOLVED_MS, settled)
    },
    async verdict({ kills }) {
      await drained()
      const unknownByApi = await api.idsIn('unknown')
      await rig.stop()
      const evidence = { client: rig.clientLines(), provider: rig.providerLines(), unknownByApi }
      return judge({ ...evidence, stored: await readStore(dataFolder) }, { policy, kills, inFlight })
    },
    stop() {
      rig.server.kill('SIGTERM')
      return rig.server.exit
    },
    async close({ keep = false } = {}) {
      for (const child of children) if (!child.ended) child.kill('SIGKILL')
      await Promise.all(children.map((child) => child.exit))
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
  return rig
}
