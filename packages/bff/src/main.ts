/** Starts the product: settings from env, a server, and a clean end on SIGINT or SIGTERM. */
import { adapters } from '@signalbox/channels'
import { MasterKeyError } from '@signalbox/engine'
import { pino } from 'pino'
import { driverOf } from './driver.ts'
import { describeEnv, EnvError, parseEnv, type Env } from './env.ts'
import { KEY_COMMANDS } from './key-commands.ts'
import { MOVE_COMMANDS } from './move-command.ts'
import { addSandboxServices } from './sandbox-services.ts'
import { startServer, type RunningServer } from './server.ts'
import { stopOnSignal } from './stop-on-signal.ts'

const env = readEnv()
if (process.argv.includes('--check')) {
  console.log(describeEnv(env, process.env))
  process.exit(0)
}

const commands = { ...KEY_COMMANDS, ...MOVE_COMMANDS }
const command = Object.keys(commands).find((name) => process.argv.includes(name))
if (command !== undefined) await runCommand(command)

// Lines are gathered and written off the request's path; what is left is written when the process ends.
const log = pino({ level: env.logLevel }, pino.destination({ fd: 1, sync: false }))
const server = await start()
console.log(`Signalbox listens on ${server.url} (${placeOf(env)}). Ctrl-C ends it.`)
// Whatever starts it again gives it a new place among the nodes.
server.engine.events.on('node:ended', ({ reason }) => {
  log.fatal({ reason }, 'this node was ended by others')
  console.error(`${reason}; start it again`)
  void server.close({ deadlineMs: 0 }).finally(() => process.exit(1))
})
stopOnSignal(
  () => server.close(),
  (error) => fail('the server did not stop cleanly', error),
)

function placeOf({ databaseUrl, amqpUrl, nodeName, role, dataDir }: Env): string {
  if (amqpUrl !== undefined) return `node ${nodeName}, ${role === 'all' ? 'for all' : role}, data in PostgreSQL`
  return `data in ${databaseUrl === undefined ? dataDir : 'PostgreSQL'}`
}

function readEnv(): Env {
  try {
    return parseEnv(process.env)
  } catch (error) {
    if (!(error instanceof EnvError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

/** Does that and ends the process. */
async function runCommand(name: string): Promise<never> {
  try {
    console.log(await commands[name]?.(env, (_level, message) => console.log(message)))
    process.exit(0)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
}

async function start(): Promise<RunningServer> {
  const { port, host, devOrigin, inboxOrigins, publicUrl, secret } = env
  const keys = env.keys((level, message) => log[level](message))
  try {
    const node = { name: env.nodeName, role: env.role }
    const engine = { driver: driverOf(env), adapters: adapters(), node, secret, keys, publicUrl }
    return await startServer({ engine, port, host, devOrigin, inboxOrigins, log, prepare: addSandboxServices })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      console.error(`expected port ${port} to be free, got one in use; set PORT to another`)
      process.exit(1)
    }
    if (error instanceof MasterKeyError) {
      console.error(`the server did not start: ${error.message}`)
      process.exit(1)
    }
    return fail('the server did not start', error)
  }
}

function fail(what: string, error: unknown): never {
  log.fatal({ err: error }, what)
  log.flush()
  console.error(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
