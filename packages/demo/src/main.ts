/** `demo`: starts it, says where it is, and ends it on Ctrl-C. */
import { stopOnSignal } from '@signalbox/bff'
import { startDemo, type Demo } from './demo.ts'
import { parseDemoEnv, type DemoEnv } from './env.ts'

/** A template that was edited may be refused at every send: once is enough for a while. */
const PROBLEM_EVERY_MS = 30_000

const env = attempt(() => parseDemoEnv(process.env))
const demo = await start(env)
console.log(`
Signalbox demo: ${demo.url}/monitor

  This is demo data. Nothing leaves this machine: text messages and the like go to the sandbox,
  in-app messages to devices in this process, and e-mail goes over SMTP to a server on
  127.0.0.1:${demo.mail.port} that keeps the last 200 and passes none on.
  ${demo.historyWritten ? 'Five weeks of synthetic statistics were written, so that the trend has a shape and a usual band.' : 'Going on with the data of the last time.'}
  Data: ${env.dataDir} (delete it to begin anew)
  Ctrl-C ends it.
`)

stopOnSignal(() => demo.close(), fail)

async function start({ port, host, dataDir, rate }: DemoEnv): Promise<Demo> {
  let quietUntil = 0
  const onProblem = (problem: string) => {
    if (Date.now() < quietUntil) return
    quietUntil = Date.now() + PROBLEM_EVERY_MS
    console.warn(`Demo traffic: ${problem}`)
  }
  try {
    return await startDemo({ port, host, dataDir, rate, onProblem })
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    return fail(inUse ? `expected port ${port} to be free, got one in use; set PORT to another` : error)
  }
}

function attempt<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    return fail(error)
  }
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
