/** As little as a server in Node can do with a JSON body: read it, parse it, answer with it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { answerWith } from '../../children.ts'
import { urlOf, type Listening } from './listening.ts'

await answerWith(async (): Promise<Listening> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()))
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      response.end(text)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: urlOf(server) }
})
