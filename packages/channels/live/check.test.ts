import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startMailServer } from '../test/support/mail-server.ts'
import { startBadServer } from '../test/support/bad-server.ts'
import { startTwilioTwin, TWILIO_ACCOUNT, TWILIO_TOKEN } from '../test/twins/twilio.ts'
import { twinsCannotRun } from '../test/twins/verifier.ts'
import { readArguments } from './arguments.ts'
import { EXIT, liveCheck } from './check.ts'

const MAIL = { host: '127.0.0.1', port: 2525, from: { address: 'box@signalbox.example' } }
const LOGIN = { user: 'box', password: { env: 'SECRET_SMTP' } }

async function settingsFile(settings: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-live-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'settings.json')
  await writeFile(file, typeof settings === 'string' ? settings : JSON.stringify(settings))
  return file
}

async function run(argv: readonly string[], env: Record<string, string> = {}, heard?: (line: string) => void) {
  const lines: string[] = []
  const print = (line: string) => {
    lines.push(line)
    heard?.(line)
  }
  return { code: await liveCheck(argv, { env, print }), said: lines.join('\n') }
}

describe('what is asked', () => {
  const good = ['sms.twilio', '--to', '+14158675309', '--settings', 's.json', '--yes']

  it('is one message to one recipient', () => {
    const asked = readArguments([...good, '--var', 'code=12=3', '--var', 'who=', '--listen', '0', '--wait', '5'])
    expect(asked).toEqual({
      ok: true,
      request: {
        ...{ adapter: 'sms.twilio', to: '+14158675309', settingsFile: 's.json', text: null, subject: null },
        ...{ variables: { code: '12=3', who: '' }, templateId: 1, channel: null, port: 0, waitMs: 5_000 },
      },
    })
  })

  it.each([
    ['an adapter', good.slice(1)],
    ['one adapter', ['email.smtp', ...good]],
    ['--to', good.toSpliced(1, 2)],
    ['--settings', good.toSpliced(3, 2)],
    ['--yes', good.slice(0, -1)],
    ['--wait', [...good, '--wait', '-1']],
    ['--wait', [...good, '--wait=soon']],
    ['--listen', [...good, '--listen', '70000']],
    ['--template-id', [...good, '--template-id', '0']],
    ['--var', [...good, '--var', 'code']],
    ['--recipient', [...good, '--recipient', 'x']],
  ])('is refused without a good %s', (what, argv) => {
    const asked = readArguments(argv)
    expect(asked.ok).toBe(false)
    expect(JSON.stringify(asked)).toContain(what === 'an adapter' ? 'one adapter' : what)
  })

  it('is refused with the usage, and nothing is read or sent', async () => {
    const { code, said } = await run(good.slice(0, -1))
    expect(code).toBe(EXIT.usage)
    expect(said).toMatch(/^expected --yes, since this sends a real message that may cost money, got none\n\nSends one/)
  })
})

describe('without what it needs it refuses', () => {
  const ask = (file: string, ...more: string[]) => [
    'email.smtp',
    '--to',
    'ann@example.com',
    '--settings',
    file,
    '--yes',
    ...more,
  ]

  it('when a key is not in the environment, naming the variable', async () => {
    const file = await settingsFile({ ...MAIL, ...LOGIN })
    expect(await run(ask(file))).toEqual({
      ...{ code: EXIT.usage, said: 'expected these variables to be set, got none: SECRET_SMTP (password)' },
    })
    expect(await run(ask(file), { SECRET_SMTP: '' })).toMatchObject({ code: EXIT.usage })
  })

  it('when a key stands in the file, without repeating it', async () => {
    const { code, said } = await run(ask(await settingsFile({ ...MAIL, user: 'box', password: 'hunter2' })))
    expect({ code, said }).toEqual({
      ...{ code: EXIT.usage, said: 'expected password to be {"env": "SECRET_…"}, got something else' },
    })
  })

  it.each([
    ['no JSON', '{', 'to hold settings as JSON'],
    ['a list', '[]', 'to hold an object of settings'],
    ['bad settings', { ...MAIL, port: 0 }, 'settings: port'],
  ])('when the file holds %s', async (_what, content, said) => {
    const answer = await run(ask(await settingsFile(content)))
    expect(answer.code).toBe(EXIT.usage)
    expect(answer.said).toContain(said)
  })

  it('when there is no such file, adapter, channel or recipient', async () => {
    const file = await settingsFile(MAIL)
    expect(await run(ask('/no/such/file'))).toMatchObject({ code: EXIT.usage })
    expect((await run(ask(file).with(0, 'sandbox'))).said).toMatch(
      /^expected an adapter of email.smtp, .*, got sandbox$/,
    )
    expect((await run(ask(file, '--channel', 'sms'))).said).toBe('expected --channel to be one of email, got sms')
    expect((await run(ask(file).with(2, 'ann'))).said).toMatch(/^--to: expected /)
  })
})

describe('with all of it', () => {
  it('sends one mail with the key of the environment, and says how it went', async () => {
    const server = await startMailServer({ login: { user: 'box', password: 'right' } })
    onTestFinished(() => server.close())
    const file = await settingsFile({ ...MAIL, ...LOGIN, port: server.port, require_tls: false })
    const argv = ['email.smtp', '--to', 'ann@example.com', '--settings', file, '--subject', 'Is it there?', '--yes']
    const { code, said } = await run(argv, { SECRET_SMTP: 'right' })
    expect(said).toMatch(
      /sending: email.smtp to ann@example.com, one message\noutcome: accepted, .*, no receipt will come/,
    )
    expect(code).toBe(EXIT.accepted)
    expect(server.received).toMatchObject([{ to: ['ann@example.com'], mail: { subject: 'Is it there?' } }])
    const refused = await run(argv, { SECRET_SMTP: 'wrong' })
    expect(refused).toMatchObject({ code: EXIT.failed, said: expect.stringContaining('auth of the account') as string })
    expect(refused.said).not.toContain('wrong"')
    expect(server.received).toHaveLength(1)
  })

  it('does not claim to know what it does not', async () => {
    const server = await startBadServer((socket) => socket.destroy())
    onTestFinished(() => server.close())
    const file = await settingsFile({
      ...{ account_sid: TWILIO_ACCOUNT, auth_token: { env: 'TW' }, from: '+15005550006', base_url: server.url.origin },
    })
    const argv = ['sms.twilio', '--to', '+14158675309', '--settings', file, '--wait', '0', '--yes']
    expect(await run(argv, { TW: TWILIO_TOKEN })).toMatchObject({
      ...{ code: EXIT.unknown, said: expect.stringMatching(/outcome: unknown[^]*receipt: none came/) as string },
    })
  })

  it.skipIf(twinsCannotRun).each([
    ['delivered', EXIT.accepted],
    ['undelivered', EXIT.failed],
  ])('waits for the receipt that the provider brings: %s', async (status, expected) => {
    const twin = await startTwilioTwin()
    onTestFinished(() => twin.close())
    const file = await settingsFile({
      ...{ account_sid: TWILIO_ACCOUNT, auth_token: { env: 'TW' }, from: '+15005550006', base_url: twin.url },
      callback_url: 'https://box.example.com/callbacks/1',
    })
    let origin = ''
    const heard = (line: string) => {
      if (line.startsWith('listening: ')) origin = new URL(line.slice('listening: '.length)).origin
      const [message] = twin.taken
      if (line.startsWith('waiting: ') && message) void twin.report(origin, message, status, { errorCode: '30003' })
    }
    const argv = ['sms.twilio', '--to', '+14158675309', '--settings', file, '--listen', '0', '--yes']
    const { code, said } = await run(argv, { TW: TWILIO_TOKEN }, heard)
    expect(said).toContain('callback: POST signature, answered 200')
    expect(said).toMatch(/receipt: (?:delivered|failed, 30003)/)
    expect(said).not.toContain(TWILIO_TOKEN)
    expect(code).toBe(expected)
    expect(twin.complaints).toEqual([])
  })
})
