import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { InboxEntry } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { expect, it, onTestFinished } from 'vitest'
import { openServer } from '../test/support/server.ts'

const DOCS = readFileSync(new URL('../../../docs/channels.md', import.meta.url), 'utf8')

interface Inbox {
  read(seqs: number[]): void
  close(): void
}
type OpenInbox = (
  url: string,
  options: {
    getToken(): Promise<string>
    show(entry: InboxEntry): void
    onRead?(seqs: number[]): void
    storage: { getItem(key: string): string | null; setItem(key: string, value: string): void }
  },
) => Inbox

/** The device of the documentation, as it stands there. */
async function documented(): Promise<{ openInbox: OpenInbox; lines: number }> {
  const [, code = ''] = /```js\n(import \{ io \}.*?)```/s.exec(DOCS) ?? []
  // Beside this file, so that its imports are found.
  const folder = mkdtempSync(fileURLToPath(new URL('.inbox-docs-', import.meta.url)))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'inbox.mjs')
  writeFileSync(file, code)
  const { openInbox } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { openInbox: OpenInbox }
  return { openInbox, lines: code.split('\n').filter((line) => line !== '').length }
}

it('the device in the documentation runs as it stands there, in less than 40 lines', async () => {
  const { openInbox, lines } = await documented()
  expect(lines).toBeLessThan(40)

  const server = await openServer()
  const { engine } = server
  await engine.services.create({
    ...{ name: 'inbox', channel: 'app', adapter: 'app.inbox', settings: {}, priority: 10, enabled: true },
  })
  const templateId = await server.template({ channel: 'app', content: '{{text}}' })
  const tell = (text: string) =>
    server.post('/api/messages/send', { template_id: templateId, recipient: 'ann', variables: { text } })

  const shown: string[] = []
  const reads: number[][] = []
  /** A device that keeps its number over being closed. */
  function device(): Inbox {
    const opened = openInbox(server.url, {
      getToken: async () => (await server.post('/api/inbox/tokens', { user: 'ann' })).body.data.token as string,
      show: ({ text }) => shown.push(text),
      onRead: (seqs) => reads.push(seqs),
      storage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
    })
    onTestFinished(() => opened.close())
    return opened
  }
  const kept = new Map<string, string>()

  const first = device()
  const delivered = once(engine.events, 'message:delivered')
  await tell('one')
  await delivered
  expect([shown, kept.get('inbox.seq')]).toEqual([['one'], '1'])
  first.close()

  await tell('two')
  const later = once(engine.events, 'message:delivered')
  const second = device()
  await later
  expect(shown).toEqual(['one', 'two'])

  const other = device()
  await expect.poll(async () => (await server.call('/api/system/health')).body.data.inbox.devices).toBe(2)
  const read = once(engine.events, 'message:read')
  other.read([1])
  await read
  await expect.poll(() => reads).toEqual([[1]])
  second.close()
  expect(shown).toEqual(['one', 'two'])
})
