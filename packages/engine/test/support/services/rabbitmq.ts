import { spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { ownerNamed, ownServer, temporaryFolderOf } from './own-server.ts'
import { probe } from './probe.ts'
import type { Service } from './service.ts'

/** The script that runs as anybody; the one in the path asks for root. */
const SCRIPTS = ['/usr/lib/rabbitmq/bin/rabbitmq-server', '/opt/homebrew/sbin/rabbitmq-server']

export const RABBITMQ: Service = {
  name: 'RabbitMQ',
  variable: 'AMQP_URL',
  package: 'rabbitmq-server',
  usual: () => ['amqp://guest:guest@127.0.0.1:5672'],
  answers: logsIn,
  isInstalled: () => installed() !== undefined,
  async start() {
    const script = installed()
    if (!script) return null
    const owner = ownerNamed('rabbitmq')
    const folder = temporaryFolderOf(owner, 'rabbitmq')
    const [port, nodes, names] = [await freePort(), await freePort(), await freePort()]
    writeFileSync(
      join(folder, 'rabbitmq.conf'),
      [
        `listeners.tcp.1 = 127.0.0.1:${port}`,
        'log.console = true',
        'log.console.level = warning',
        'log.file = false',
        'disk_free_limit.absolute = 10MB',
      ].join('\n'),
    )
    writeFileSync(join(folder, 'plugins'), '[].\n')
    // Erlang keeps its cookie in the home, where nobody else may read.
    const home = join(folder, 'home')
    mkdirSync(home, { mode: 0o700 })
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(home, owner.uid, owner.gid)
    // Erlang's register of nodes, too, is one of our own: whoever starts Erlang without one leaves one behind.
    const register = spawn('epmd', ['-port', String(names), '-address', '127.0.0.1'], { ...owner, stdio: 'ignore' })
    register.on('error', () => undefined)
    const url = `amqp://guest:guest@127.0.0.1:${port}`
    return ownServer({
      ...{ url, port, folder, owner },
      command: script,
      args: [],
      env: {
        HOME: home,
        RABBITMQ_NODENAME: `signalbox-${port}@localhost`,
        RABBITMQ_CONF_ENV_FILE: '/dev/null',
        RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
        RABBITMQ_MNESIA_BASE: folder,
        RABBITMQ_MNESIA_DIR: join(folder, 'mnesia'),
        RABBITMQ_LOG_BASE: folder,
        RABBITMQ_LOGS: '-',
        RABBITMQ_DIST_PORT: String(nodes),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
        ERL_EPMD_PORT: String(names),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        // Then the script becomes the server, and signals reach it and no shell.
        RUNNING_UNDER_SYSTEMD: 'true',
      },
      signal: 'SIGTERM',
      answers: () => logsIn(url),
      afterwards: () => void register.kill('SIGKILL'),
    })
  },
}

const installed = (): string | undefined => SCRIPTS.find((path) => existsSync(path))

/**
 * Begins a connection of AMQP 0-9-1 (section 4.2 of its specification) until the server proposes its limits, which it does to whom it knows.
 * Without a client, so that asking whether there is a broker needs none.
 */
function logsIn(given: string): Promise<boolean> {
  const url = new URL(given)
  const place = { port: Number(url.port || 5672), hostname: url.hostname }
  return probe(place, PROTOCOL, (heard) => {
    const method = firstMethod(heard)
    if (method !== START) return method === null ? null : method === TUNE
    return startOk(decodeURIComponent(url.username), decodeURIComponent(url.password))
  })
}

/** Class and method of the first frame, when all of it is there. */
function firstMethod(heard: Buffer): number | null {
  if (heard.length < 7 || heard.length < heard.readUInt32BE(3) + 8) return null
  return heard.readUInt32BE(7)
}

const PROTOCOL = Buffer.from('AMQP\0\0\x09\x01', 'latin1')
const CONNECTION = 10
const START = (CONNECTION << 16) + 10
const TUNE = (CONNECTION << 16) + 30
const START_OK = (CONNECTION << 16) + 11
const METHOD_FRAME = 1
const FRAME_END = 0xce

function startOk(user: string, password: string): Buffer {
  const long = (text: string) => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)])
  const short = (text: string) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)])
  const noProperties = uint32(0)
  const login = long(`\0${user}\0${password}`)
  const payload = Buffer.concat([uint32(START_OK), noProperties, short('PLAIN'), login, short('en_US')])
  return Buffer.concat([Buffer.from([METHOD_FRAME, 0, 0]), uint32(payload.length), payload, Buffer.from([FRAME_END])])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
