/** kill -9 while a mailbox is read: no bounce is lost, and none counts twice. */
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { changes } from '../../channels/test/postfix.ts'
import { startMailServer, type MailServer } from '../../channels/test/support/mail-server.ts'
import { call } from '../test/support/http.ts'
import { startKillable } from '../test/support/killable.ts'

const MESSAGES = 60
/** Killed when so many mails have been read. */
const KILLS = [5, 20, 40]
const BOUNCE = readFileSync(new URL('../../channels/test/bounces/postfix-unknown-user.eml', import.meta.url), 'utf8')

async function maildir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-maildir-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['new', 'cur', 'tmp']) await mkdir(join(folder, name))
  return folder
}

/** As a mail server delivers: written whole into `tmp`, then put into `new`. */
async function deliverBounces(folder: string, { received }: MailServer): Promise<void> {
  for (const [at, { from }] of received.entries()) {
    const tag = /\+(msg_.*)@/.exec(from)?.[1] ?? ''
    const text = BOUNCE.replaceAll('{{address}}', from).replaceAll('{{tag}}', tag)
    const date = new Date().toUTCString()
    await writeFile(join(folder, 'tmp', `${at}`), text.replace(/^Date: .*$/m, `Date: ${date}`))
  }
  for (const name of await readdir(join(folder, 'tmp')))
    await rename(join(folder, 'tmp', name), join(folder, 'new', name))
}

it('loses no bounce and counts none twice, killed three times while it reads them', async () => {
  const [server, mails, folder] = [await startKillable(), await startMailServer(), await maildir()]
  onTestFinished(() => mails.close())
  const post = (path: string, body: object) => call(server.url, path, { method: 'POST', body })
  const template = await post('/api/messages/templates', {
    ...{ name: 'Hello', channel: 'email', subject: 'Hello', content: 'Hello', variables: [] },
  })
  const service = await post('/api/services', {
    ...{ name: 'mail', channel: 'email', adapter: 'email.smtp', priority: 10, enabled: true },
    settings: {
      ...{ host: '127.0.0.1', port: mails.port, from: { address: 'box@signalbox.test' } },
      ...{ bounce_address: 'bounce@signalbox.test', receipt_token: '5b0c9f3a7d1e42c8a6f45d21', maildir: folder },
    },
  })
  expect(service).toMatchObject({ status: 201 })
  const recipients = Array.from({ length: MESSAGES }, (_, at) => `nobody.${at}@mail.test`)
  const sent = await post('/api/messages/send-batch', {
    ...{ template_id: template.body.data.id, recipients, variables_list: recipients.map(() => ({})) },
  })
  expect(sent).toMatchObject({ status: 202 })
  const countOf = async (status: string) => {
    const { body } = await call(server.url, `/api/messages?status=${status}&limit=100`)
    return (body.data.messages as unknown[]).length
  }
  await expect.poll(() => countOf('sent'), { timeout: 30_000 }).toBe(MESSAGES)

  await deliverBounces(folder, mails)
  const read = async () => (await readdir(join(folder, 'cur'))).length
  for (const kill of KILLS) {
    await changes(folder, async () => (await read()) >= kill)
    await server.killAndRestart()
  }
  await changes(folder, async () => (await read()) === MESSAGES)
  expect(await readdir(join(folder, 'new'))).toEqual([])
  expect(await countOf('failed')).toBe(MESSAGES)

  const { body } = await call(server.url, '/api/messages?status=failed&limit=100')
  for (const { record_id } of body.data.messages as { record_id: number }[]) {
    const trace = await call(server.url, `/api/messages/traces/${record_id}`)
    const nodes = trace.body.data.trace_data.nodes as { name: string; status: string; error_code: string }[]
    expect(nodes.filter(({ name }) => name === 'callback')).toMatchObject([{ status: 'failed', error_code: '5.1.1' }])
  }
  const suppressed = await call(server.url, '/api/suppressions?reason=hard_bounce&limit=100')
  expect(suppressed.body.data.suppressions).toHaveLength(MESSAGES)
})
