/** Stock Express: `express.json()` and an echo. */
import express from 'express'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { answerWith } from '../../children.ts'
import { urlOf, type Listening } from './listening.ts'

await answerWith(async (): Promise<Listening> => {
  const app = express()
  app.use(express.json())
  app.post('/api/messages/send', (request, response) => {
    response.status(202).json(request.body)
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: urlOf(server) }
})
