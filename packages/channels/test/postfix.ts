/**
 * A Postfix of our own: configuration, queue, data and mailboxes in a folder that goes away with it, one port on loopback,
 * nothing of the system's own Postfix touched. It takes mail for anybody at `mail.test` and finds out afterwards whom it
 * has there, as mail servers on the way do; the bounces that follow are its own.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, watch } from 'node:fs'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const DAEMONS = '/usr/lib/postfix/sbin'
const PIPE_PROGRAM = join(import.meta.dirname, '../bin/bounce-pipe.mjs')
/** Owns the mailboxes and runs the pipe, as no mail server does that as root. */
const NOBODY = 65_534
const TRACE_OF_START = 'daemon started'

/** Postfix separates its parts by user, so root has to start it. In CI a missing one is a failure. */
const missing = process.getuid?.() !== 0 || !existsSync(`${DAEMONS}/master`)
export const postfixCannotRun = missing && process.env['CI'] !== 'true'
/** For the name of a suite: what to do when it is skipped. */
export const POSTFIX = missing ? 'a real Postfix (run as root after: apt-get install -y postfix)' : 'a real Postfix'

export interface Postfix {
  port: number
  /** Where the pipe finds the callback address; written when the service exists. */
  addressFile: string
  /** The Maildir of one of `users`. */
  maildir(user: string): string
  log(): string
  close(): Promise<void>
}

export interface PostfixOptions {
  /** Addresses that have a mailbox. Mail with an extension (`bounce+x@…`) is theirs too. */
  users: readonly string[]
}

/**
 * Beside the users there are `busy@mail.test`, refused with 450 4.2.1, `slow@mail.test`, taken and never delivered, with a
 * warning about that after a second, and every address at `pipe.test`, whose mail goes to bounce-pipe.mjs.
 */
export async function startPostfix({ users }: PostfixOptions): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-postfix-'))
  const at = (...names: string[]) => join(folder, ...names)
  await chmod(folder, 0o755)
  for (const name of ['etc', 'queue', 'data', 'mail', 'bin']) await mkdir(at(name), { mode: 0o755 })
  await chown(at('mail'), NOBODY, NOBODY)
  await chown(at('data'), ownerOf('postfix'), 0)
  // Where these lie now, the user who runs the pipe may not be let in.
  await copyFile(process.execPath, at('bin', 'node'))
  await copyFile(PIPE_PROGRAM, at('bin', 'bounce-pipe.mjs'))
  const port = await freePort()
  await writeFile(at('etc', 'main.cf'), mainCf(folder, users))
  await writeFile(at('etc', 'master.cf'), masterCf(folder, port))
  const checked = spawnSync('postfix', ['-c', at('etc'), 'check'], { encoding: 'utf8' })
  if (checked.status !== 0) throw new Error(`expected a good configuration of Postfix, got: ${checked.stderr}`)

  // In a session of its own: when it ends, it ends every process of its group.
  const master = spawn(`${DAEMONS}/master`, ['-c', at('etc'), '-d'], { detached: true, stdio: 'ignore' })
  const ended = once(master, 'exit')
  const log = () => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : '')
  await Promise.race([
    changes(folder, () => log().includes(TRACE_OF_START)),
    ended.then(() => Promise.reject(new Error(`expected Postfix to start, got: ${log()}`))),
  ])
  return {
    port,
    addressFile: at('callback-address'),
    maildir: (user) => at('mail', user),
    log,
    async close() {
      master.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when something in that folder has made the condition true. */
export async function changes(folder: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const watcher = watch(folder, { recursive: true })
  try {
    while (!(await holds())) await once(watcher, 'change')
  } finally {
    watcher.close()
  }
}

/** The content of each mail in `new` or `cur` of a Maildir. */
export async function mailsIn(folder: string, where: 'new' | 'cur'): Promise<string[]> {
  const names = await readdir(join(folder, where)).catch(() => [])
  return Promise.all(names.map((name) => readFile(join(folder, where, name), 'utf8')))
}

function mainCf(folder: string, users: readonly string[]): string {
  const domains = [...new Set(users.map((user) => user.slice(user.indexOf('@') + 1)))]
  const map = (entries: readonly string[]) => `inline:{ ${entries.map((entry) => `{ ${entry} }`).join(', ')} }`
  return Object.entries({
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    daemon_directory: DAEMONS,
    maillog_file: join(folder, 'log'),
    maillog_file_prefixes: folder,
    myhostname: 'mx.signalbox.test',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mydestination: '',
    alias_maps: '',
    local_recipient_maps: '',
    virtual_mailbox_domains: map(domains.map((domain) => `${domain} = x`)),
    virtual_mailbox_base: join(folder, 'mail'),
    virtual_mailbox_maps: map(users.map((user) => `${user} = ${user}/`)),
    virtual_uid_maps: `static:${NOBODY}`,
    virtual_gid_maps: `static:${NOBODY}`,
    recipient_delimiter: '+',
    smtpd_reject_unlisted_recipient: 'no',
    smtpd_recipient_restrictions: `check_recipient_access ${map(['busy@mail.test = 450 4.2.1 mailbox busy'])}, permit_mynetworks, reject`,
    transport_maps: map(['pipe.test = bouncepipe:', 'slow@mail.test = retry:4.4.1 no answer from there']),
    delay_warning_time: '1s',
    minimal_backoff_time: '1s',
    maximal_backoff_time: '1s',
    queue_run_delay: '1s',
  })
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
}

function masterCf(folder: string, port: number): string {
  const pipe = [join(folder, 'bin', 'node'), join(folder, 'bin', 'bounce-pipe.mjs'), join(folder, 'callback-address')]
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 1 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'virtual unix - n n - - virtual',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
    `bouncepipe unix - n n - - pipe flags=RXO user=nobody argv=${pipe.join(' ')}`,
    '',
  ].join('\n')
}

function ownerOf(user: string): number {
  return Number(spawnSync('id', ['-u', user], { encoding: 'utf8' }).stdout.trim())
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
