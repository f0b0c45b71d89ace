/** The demo as one object: a mail server, the product on demo data, and traffic through its public API. */
import { startServer, type RunningServer } from '@signalbox/bff'
import { adapters } from '@signalbox/channels'
import { keyFile, type Engine } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { join } from 'node:path'
import { runDevices } from './devices.ts'
import { dice } from './dice.ts'
import { startMailCatchAll, type MailCatchAll } from './mail-catch-all.ts'
import { APP_USERS } from './recipients.ts'
import { seed, type Seeded } from './seed.ts'
import { createChooser } from './traffic/choose.ts'
import { createApiClient } from './traffic/client.ts'
import { runTraffic } from './traffic/traffic.ts'

export interface DemoOptions {
  port: number
  host: string
  dataDir: string
  rate: number
  /** Hears what went wrong with the traffic. */
  onProblem: (problem: string) => void
}

export interface Demo {
  readonly url: string
  readonly engine: Engine
  readonly mail: MailCatchAll
  readonly historyWritten: boolean
  /** First the traffic, then what it caused, then the mail server. Idempotent. */
  close(): Promise<void>
}

/** Milliseconds for what is under way: the slowest sandbox answer fits many times over. */
const CLOSE_DEADLINE_MS = 8000

export async function startDemo({ port, host, dataDir, rate, onProblem }: DemoOptions): Promise<Demo> {
  const mail = await startMailCatchAll()
  let seeded: Seeded = { templates: [], historyWritten: false }
  let server: RunningServer
  try {
    server = await startServer({
      engine: {
        driver: embedded({ folder: dataDir }),
        adapters: adapters(),
        keys: keyFile(join(dataDir, 'master.key')),
        publicUrl: `http://${host}:${port}`,
      },
      port,
      host,
      demo: true,
      prepare: async (engine) => {
        seeded = await seed(engine, { smtpPort: mail.port, now: Date.now(), rate })
      },
    })
  } catch (error) {
    await mail.close()
    throw error
  }

  const stop = new AbortController()
  const traffic = runOn(server, seeded, rate, stop.signal, onProblem)
  let closing: Promise<void> | null = null
  const close = async () => {
    stop.abort()
    await traffic
    await server.close({ deadlineMs: CLOSE_DEADLINE_MS })
    await mail.close()
  }
  const { url, engine } = server
  return { url, engine, mail, historyWritten: seeded.historyWritten, close: () => (closing ??= close()) }
}

async function runOn(
  { url, engine }: RunningServer,
  { templates }: Seeded,
  rate: number,
  signal: AbortSignal,
  onProblem: (problem: string) => void,
): Promise<void> {
  const client = createApiClient({ url, signal, onRefused: onProblem })
  if (!(await client.ready())) return
  const own = dice(Date.now())
  const { timeZone } = engine.settings.values
  const devices = runDevices({ url, users: APP_USERS, dice: dice(Date.now()), signal })
  await runTraffic({ client, chooser: createChooser(templates, own), dice: own, timeZone, rate, signal }).catch(
    (error: unknown) => onProblem(`the traffic stopped: ${error instanceof Error ? error.message : String(error)}`),
  )
  await devices
}
