/** What every rig has beside its servers: a folder, a fake provider, load clients, and their logs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientOptions, ClientSummary } from '../processes/load-client.ts'
import type { ProviderOptions } from '../processes/provider.ts'
import { startChild, type Child } from './child.ts'
import type { ClientLine, ProviderLine } from './lines.ts'
import { readLog } from './synced-log.ts'

export interface CrewOptions {
  seed: number
  provider?: Partial<Pick<ProviderOptions, 'latencyMs' | 'lateMs'>> | undefined
}

export interface Client {
  /** Begins nothing new; resolves when every worker has its last answer. */
  stop(): Promise<ClientSummary>
  /** Resolves when it has asked for all it was to ask for. */
  readonly done: Promise<ClientSummary>
}

export type Load = Partial<Pick<ClientOptions, 'inFlight' | 'modes' | 'count' | 'pauseMs'>>

export interface Crew {
  /** Holds logs and output; removed by `close` unless something went wrong. */
  readonly folder: string
  readonly providerUrl: string
  /** A process of `src/processes`, ended with the crew; its output goes to `<as>.out`. */
  start(file: string, settings: object, options?: { as?: string; execArgv?: readonly string[] | undefined }): Child
  client(at: Pick<ClientOptions, 'urls' | 'templateId'>, load?: Load): Promise<Client>
  clientLines(): ClientLine[]
  providerLines(): ProviderLine[]
  /** Ends every process. `keep` leaves the folder for a look. */
  close(options?: { keep?: boolean | undefined }): Promise<void>
}

export async function openCrew({ seed, provider: given }: CrewOptions): Promise<Crew> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-fault-'))
  const children: Child[] = []
  let isOpen = true
  const start: Crew['start'] = (file, settings, { as = file, execArgv } = {}) => {
    // What a story that has failed still meant to start would outlive it.
    if (!isOpen) throw new Error(`expected ${as} to be started before the end of the run`)
    const child = startChild(file, settings, join(folder, `${as}.out`), execArgv)
    children.push(child)
    return child
  }
  const provider: ProviderOptions = {
    log: join(folder, 'provider.log'),
    seed,
    latencyMs: { min: 0, max: 10 },
    lateMs: 2_000,
    ...given,
  }
  const { url } = await start('provider.ts', provider).heard<{ kind: 'ready'; url: string }>('ready')
  const clientLog = join(folder, 'client.log')
  let clients = 0
  return {
    folder,
    providerUrl: url,
    start,
    async client(at, load = {}) {
      clients += 1
      const settings: ClientOptions = {
        ...{ log: clientLog, seed: seed + clients, inFlight: 16, modes: ['ok'], count: null, pauseMs: 0 },
        prefix: `${clients}-`,
        ...at,
        ...load,
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
    clientLines: () => readLog<ClientLine>(clientLog),
    providerLines: () => readLog<ProviderLine>(provider.log),
    async close({ keep = false } = {}) {
      isOpen = false
      for (const child of children) if (!child.ended) child.kill('SIGKILL')
      await Promise.all(children.map((child) => child.exit))
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}
