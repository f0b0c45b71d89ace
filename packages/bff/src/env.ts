/** Start-up settings: env, parsed once by one schema. */
import { issuesOf, nodeRoleSchema, type NodeRole } from '@signalbox/contracts'
import { givenKey, keyFile, MasterKeyError, type KeySource } from '@signalbox/engine'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { isLoopback, loopbackProblem } from './http/loopback.ts'

const REPOSITORY = join(import.meta.dirname, '../../..')
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
/** Settings of services name the variables that hold their secrets. Only variables of this prefix can be reached so. */
const SECRET_PREFIX = 'SECRET_'

const envSchema = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'expected a port number from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'expected a port number from 0 to 65535')
    .default(8000),
  HOST: z.string().default('127.0.0.1'),
  DATA_DIR: z.string().min(1).default(join(REPOSITORY, '.data/signalbox')),
  /** Without it everything is kept in SQLite, in the data folder. */
  DATABASE_URL: z
    .string()
    .refine(
      isPostgres,
      // Without what it was: it may hold a password.
      'expected DATABASE_URL to be a URL such as postgres://user:password@127.0.0.1:5432/signalbox, got something else',
    )
    .optional(),
  /** Of PostgreSQL, where everything stands; what stands at the other services begins with it too. */
  DATABASE_SCHEMA: z
    .string()
    .regex(
      /^[a-z_][a-z0-9_]{0,39}$/,
      'expected DATABASE_SCHEMA to be at most 40 lower-case letters, digits and underscores',
    )
    .optional(),
  /** With DATABASE_URL both or neither: several nodes on one database. */
  AMQP_URL: z
    .string()
    .refine(
      (text) => isServer(text, 'amqp'),
      'expected AMQP_URL to be a URL such as amqp://user:password@127.0.0.1:5672, got something else',
    )
    .optional(),
  REDIS_URL: z
    .string()
    .refine(
      (text) => isServer(text, 'redis'),
      'expected REDIS_URL to be a URL such as redis://:password@127.0.0.1:6379, got something else',
    )
    .optional(),
  /** What this node does: `api` takes requests and serves screens, `worker` sends as well as that, `all` the same. */
  ROLE: nodeRoleSchema.default('all'),
  /** Who this node is: one that starts under a name that is there takes its place. */
  NODE_NAME: z
    .string()
    .regex(/^[\w.-]{1,63}$/, 'expected NODE_NAME to be 1 to 63 letters, digits, dots, hyphens or underscores')
    .optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  /** The key under which secrets of services are kept: given, in a file that is there, or in one beside the database. */
  MASTER_KEY: z.string().optional(),
  MASTER_KEY_FILE: z.string().optional(),
  /** The one to change to, with `--rotate-key`. */
  MASTER_KEY_NEXT: z.string().optional(),
  /** `http://localhost:5173`: the Vite server's origin during development. */
  DEV_ORIGIN: z
    .string()
    .regex(/^http:\/\/(localhost|127\.0\.0\.1|\[::1\]):\d{1,5}$/, 'expected an origin such as http://localhost:5173')
    .optional(),
  /** Where recipients reach this server, for the links in their messages: `https://box.example.com`. */
  PUBLIC_URL: z
    .string()
    .refine(
      isPublicUrl,
      'expected an address such as https://box.example.com, or http on this machine, without ? and #',
    )
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Pages elsewhere whose devices may connect to the inbox: `https://app.example.com,https://m.example.com`. */
  INBOX_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every(isOrigin),
      'expected origins such as https://app.example.com, with commas between',
    )
    .default([]),
})

/** https, so that nobody on the way reads or changes the link; plain http only where there is no way. */
function isPublicUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || /[?#@]/.test(text)) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function isPostgres(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(withHost(text))
}

function isServer(text: string, protocol: 'amqp' | 'redis'): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === `${protocol}:` || url.protocol === `${protocol}s:`) && url.hostname !== ''
}

/** `postgres:///name?host=/var/run/postgresql` goes by a socket and names no host, nor need it with a user. */
function withHost(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/?]*@|postgres(?:ql)?:\/\/)(?=\/)/, '$1localhost')
}

/** As it may be shown. */
function masked(url: string): string {
  const shown = new URL(withHost(url))
  if (shown.password !== '') shown.password = '***'
  if (shown.searchParams.has('password')) shown.searchParams.set('password', '***')
  return shown.href
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text
}

export interface Env {
  port: number
  host: string
  dataDir: string
  databaseUrl: string | undefined
  databaseSchema: string | undefined
  /** Both, with `databaseUrl`, or neither. */
  amqpUrl: string | undefined
  redisUrl: string | undefined
  role: NodeRole
  nodeName: string
  logLevel: (typeof LOG_LEVELS)[number]
  devOrigin: string | undefined
  inboxOrigins: readonly string[]
  publicUrl: string | undefined
  secret(name: string): string | undefined
  /** `note` hears of the key file what its owner should know. */
  keys(note: (level: 'info' | 'warn', message: string) => void): KeySource
  /** By MASTER_KEY, not in a file. */
  keyIsGiven: boolean
}

/** Everything that is wrong, one line each. */
export class EnvError extends Error {
  override readonly name = 'EnvError'
}

export function parseEnv(variables: Record<string, string | undefined>): Env {
  // An empty variable is one that was not set: `PORT= npm start`.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (!parsed.success) {
    throw new EnvError(
      issuesOf(parsed.error, given, 'env')
        .map(({ message }) => message)
        .join('\n'),
    )
  }
  const { PORT, HOST, DATA_DIR, DATABASE_URL, LOG_LEVEL, DEV_ORIGIN, INBOX_ORIGINS, PUBLIC_URL } = parsed.data
  const { AMQP_URL, REDIS_URL, ROLE, NODE_NAME } = parsed.data
  const problem = loopbackProblem(HOST) ?? mixtureProblem(parsed.data)
  if (problem) throw new EnvError(problem)
  return {
    port: PORT,
    host: HOST,
    dataDir: resolve(DATA_DIR),
    databaseUrl: DATABASE_URL,
    databaseSchema: parsed.data.DATABASE_SCHEMA,
    amqpUrl: AMQP_URL,
    redisUrl: REDIS_URL,
    role: ROLE,
    // Any free port is no name: of two such processes each is one of its own.
    nodeName: NODE_NAME ?? `${hostname()}-${PORT === 0 ? process.pid : PORT}`,
    logLevel: LOG_LEVEL,
    devOrigin: DEV_ORIGIN,
    inboxOrigins: INBOX_ORIGINS,
    publicUrl: PUBLIC_URL,
    secret: (name) => (name.startsWith(SECRET_PREFIX) ? given[name] : undefined),
    ...keysOf(parsed.data, resolve(DATA_DIR)),
  }
}

/** Three set-ups there are: a file, PostgreSQL, or PostgreSQL with RabbitMQ and Redis for several nodes. */
function mixtureProblem(parsed: z.output<typeof envSchema>): string | null {
  const { DATABASE_URL, DATABASE_SCHEMA, AMQP_URL, REDIS_URL, ROLE } = parsed
  const given = { DATABASE_URL, AMQP_URL, REDIS_URL }
  const names = ['DATABASE_URL', 'AMQP_URL', 'REDIS_URL'] as const
  const has = names.filter((name) => given[name] !== undefined)
  const lacks = names.filter((name) => given[name] === undefined)
  const isAlone = AMQP_URL === undefined && REDIS_URL === undefined
  if (DATABASE_SCHEMA !== undefined && DATABASE_URL === undefined) {
    return 'expected DATABASE_URL with DATABASE_SCHEMA, got nothing; or unset DATABASE_SCHEMA'
  }
  if (!isAlone && lacks.length > 0) {
    const extra = has.filter((name) => name !== 'DATABASE_URL')
    return `expected ${lacks.join(' and ')} with ${has.join(' and ')}: several nodes need all three; or unset ${extra.join(' and ')}`
  }
  if (!isAlone || ROLE === 'all') return null
  return `expected ROLE to be all where there is one node, got ${ROLE}; several nodes need DATABASE_URL, AMQP_URL and REDIS_URL`
}

const KEY_FILE = 'master.key'

function keysOf(
  { MASTER_KEY, MASTER_KEY_FILE, MASTER_KEY_NEXT }: z.output<typeof envSchema>,
  dataDir: string,
): Pick<Env, 'keys' | 'keyIsGiven'> {
  if (MASTER_KEY === undefined) {
    const path = MASTER_KEY_FILE === undefined ? join(dataDir, KEY_FILE) : resolve(MASTER_KEY_FILE)
    const mayCreate = MASTER_KEY_FILE === undefined
    return { keys: (onNotice) => keyFile(path, { mayCreate, onNotice }), keyIsGiven: false }
  }
  if (MASTER_KEY_FILE !== undefined) {
    throw new EnvError('expected MASTER_KEY or MASTER_KEY_FILE, got both; unset one of them')
  }
  const next = MASTER_KEY_NEXT === undefined ? undefined : { base64: MASTER_KEY_NEXT, where: 'MASTER_KEY_NEXT' }
  try {
    const keys = givenKey(MASTER_KEY, 'MASTER_KEY', next)
    return { keys: () => keys, keyIsGiven: true }
  } catch (error) {
    throw error instanceof MasterKeyError ? new EnvError(error.message) : error
  }
}

/** What `--check` prints: every setting, of secrets only that they are there. */
export function describeEnv(env: Env, variables: Record<string, string | undefined>): string {
  const secrets = Object.keys(variables).filter((name) => name.startsWith(SECRET_PREFIX))
  const lines: [string, string][] = [
    ['PORT', String(env.port)],
    ['HOST', env.host],
    ['DATA_DIR', env.dataDir],
    ['DATABASE_URL', env.databaseUrl === undefined ? '(none: SQLite in DATA_DIR)' : masked(env.databaseUrl)],
    ['DATABASE_SCHEMA', env.databaseSchema ?? '(signalbox)'],
    ['AMQP_URL', env.amqpUrl === undefined ? '(none: one node)' : masked(env.amqpUrl)],
    ['REDIS_URL', env.redisUrl === undefined ? '(none: one node)' : masked(env.redisUrl)],
    ['ROLE', env.role],
    ['NODE_NAME', env.nodeName],
    ['LOG_LEVEL', env.logLevel],
    ['DEV_ORIGIN', env.devOrigin ?? '(none)'],
    ['PUBLIC_URL', env.publicUrl ?? '(none)'],
    ['INBOX_ORIGINS', env.inboxOrigins.join(',') || '(none)'],
    ['MASTER_KEY', env.keyIsGiven ? '***' : `(in ${env.keys(() => undefined).where})`],
    ...secrets.sort().map((name): [string, string] => [name, '***']),
  ]
  return lines.map(([name, value]) => `${name}=${value}`).join('\n')
}
