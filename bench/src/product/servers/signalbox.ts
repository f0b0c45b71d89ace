/** The whole product on loopback, with sandboxes that answer at once. */
import { addSandboxServices, startServer, type RunningServer } from '@signalbox/bff'
import { adapters } from '@signalbox/channels'
import { embedded } from '@signalbox/engine/embedded'
import { answerWith, given } from '../../children.ts'
import type { Listening } from './listening.ts'

export interface SignalboxInput {
  folder: string
  /** Default: a free one. */
  port?: number
}
export interface SignalboxListening extends Listening {
  /** Template of channel `app` with the one variable `body`. */
  templateId: number
}

const { folder, port = 0 } = await given<SignalboxInput>()
let server: RunningServer | null = null
await answerWith(
  async (): Promise<SignalboxListening> => {
    const engine = { driver: embedded({ folder }), adapters: adapters() }
    server = await startServer({ engine, port, prepare: addSandboxServices })
    const [known] = await server.engine.templates.list()
    const template = { name: 'bench', channel: 'app' as const, content: '{{body}}' }
    const { id } = known ?? (await server.engine.templates.create(template))
    return { url: server.url, templateId: id }
  },
  async () => server?.close({ deadlineMs: 0 }),
)
