/** One store, one fake provider, one server that can die and come back, and clients that load it. */
import { freePort } from '@signalbox/engine/test-services'
import { join } from 'node:path'
import type { ProviderOptions } from '../processes/provider.ts'
import type { ServerProcessOptions, ServerReady, ServerSettings } from '../processes/server.ts'
import type { Crash } from '../system/crash.ts'
import { createApi, type Api } from './api.ts'
import type { Child, Exit } from './child.ts'
import { openCrew, type Client, type Load } from './crew.ts'
import { readStore } from './database.ts'
import { judge, type Bounds, type Verdict } from './judge.ts'
import type { ClientLine, ProviderLine } from './lines.ts'
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
  client(load?: Load): Promise<Client>
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
  const crew = await openCrew({ seed, provider: options.provider })
  const { folder, providerUrl, start } = crew
  const dataFolder = options.dataFolder ?? join(folder, 'data')
  const inFlight = options.server?.inFlight ?? IN_FLIGHT
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const api = createApi(url)
  let server: Child | null = null
  let templateId = 0

  function launch({ crash, sending = true, execArgv }: Life = {}): Child {
    const settings: ServerProcessOptions = {
      ...{ place: { kind: 'folder', folder: dataFolder }, port, providerUrl, inFlight, crash, sending },
      receipts: options.server?.receipts ?? false,
      system: { 'channel.sms.unknown_policy': policy, ...options.server?.system },
    }
    server = start('server.ts', settings, { execArgv })
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
    client: (load) => crew.client({ urls: [url], templateId }, load),
    child: (file, settings) => start(file, settings),
    clientLines: crew.clientLines,
    providerLines: crew.providerLines,
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
      return judge(
        { ...evidence, stored: await readStore({ kind: 'folder', folder: dataFolder }) },
        { policy, kills, inFlight },
      )
    },
    stop() {
      rig.server.kill('SIGTERM')
      return rig.server.exit
    },
    close: crew.close,
  }
  return rig
}
