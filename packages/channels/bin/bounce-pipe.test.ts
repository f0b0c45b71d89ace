/** The program as a mail server runs it: a process with a mail on its input, judged by its exit code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startTwin, type TwinReply } from '../test/twins/http-twin.ts'

const PROGRAM = join(import.meta.dirname, 'bounce-pipe.mjs')

async function receiver(reply: TwinReply = {}) {
  const server = await startTwin(() => reply)
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-pipe-'))
  onTestFinished(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'address')
  await writeFile(file, `${server.url}/callbacks/7/s3cret\n`)
  return { server, file }
}

async function pipe(mail: string | Uint8Array, ...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stdin.end(mail)
  const [code] = (await once(child, 'close')) as [number]
  return { code, said }
}

it('hands the mail over byte for byte', async () => {
  const { server, file } = await receiver()
  expect(await pipe('To: x\r\n\r\n\xff', file)).toEqual({ code: 0, said: '' })
  expect(server.requests).toMatchObject([
    { method: 'POST', url: '/callbacks/7/s3cret', headers: { 'content-type': 'message/rfc822' } },
  ])
  expect(server.requests[0]?.body.toString('utf8')).toBe('To: x\r\n\r\n\xff')
})

it('takes the whole of a large mail from the mail server and hands over its begin', async () => {
  const { server, file } = await receiver()
  expect(await pipe(Buffer.alloc(5_000_000, 'x'), file)).toMatchObject({ code: 0 })
  expect(server.requests[0]?.body).toHaveLength(128 * 1024)
})

it.each([403, 404, 413, 429, 500, 503])('has the mail server come again when it is answered %i', async (status) => {
  const { file } = await receiver({ status })
  expect(await pipe('x', file)).toEqual({
    ...{ code: 75, said: `bounce-pipe: expected the bounce to be taken, got status ${status}\n` },
  })
})

it('has the mail server come again when nobody listens, and says no secret', async () => {
  const { server, file } = await receiver()
  await server.close()
  expect(await pipe('x', file)).toEqual({ code: 75, said: 'bounce-pipe: ECONNREFUSED\n' })
})

it('has the mail server come again when it is set up wrongly', async () => {
  const { file } = await receiver()
  expect(await pipe('x')).toMatchObject({
    code: 75,
    said: expect.stringContaining('expected the name of a file') as string,
  })
  expect(await pipe('x', `${file}.not`)).toMatchObject({ code: 75, said: expect.stringContaining('ENOENT') as string })
  await writeFile(file, 'signalbox.example')
  expect(await pipe('x', file)).toMatchObject({
    code: 75,
    said: expect.stringContaining('to hold an address') as string,
  })
})
