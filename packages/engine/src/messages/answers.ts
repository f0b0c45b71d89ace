/** What recipients answer: a word that asks for no more marketing or for it again, following an account or giving it up. */
import type { ReceiptReply } from '@signalbox/channels/adapter'
import type { ReadyService } from '../services/registry.ts'
import type { Suppressions } from '../suppressions/suppressions.ts'
import { readReply } from '../suppressions/words.ts'
import type { Messages } from './messages.ts'

export interface AnswersDeps {
  messages: Pick<Messages, 'search'>
  suppressions: Pick<Suppressions, 'add' | 'lift'>
  log: { warn(fields: object, message: string): void }
}

type Service = Pick<ReadyService, 'record' | 'adapter' | 'settings'>
type Answers = Pick<ReceiptReply, 'replies' | 'followings'>

/** Obeys all of them, in their order; resolves to how many there were when what follows from them is on disk. */
export function createAnswers({ messages, suppressions, log }: AnswersDeps) {
  /** The last message that went to them through this service is the one that was answered. */
  async function whoSays(from: string, { record: { id: serviceId, name, channel }, adapter, settings }: Service) {
    const checked = adapter.validateRecipient(from, channel, settings)
    if (!checked.ok) {
      log.warn({ service: name }, 'callback: an answer of somebody whom this channel cannot have')
      return null
    }
    const recipient = checked.canonical
    const { messages: last } = await messages.search({ recipient, serviceId, limit: 1 })
    return { channel, recipient, recordId: last[0]?.id ?? null }
  }

  async function stop(from: string, service: Service, detail: string): Promise<void> {
    const who = await whoSays(from, service)
    if (who) await suppressions.add({ ...who, reason: 'unsubscribe', detail })
  }

  async function start(from: string, service: Service, by: 'reply' | 'following', detail: string): Promise<void> {
    const who = await whoSays(from, service)
    if (who) await suppressions.lift(by, { ...who, detail })
  }

  return async function obey(service: Service, { replies = [], followings = [] }: Answers): Promise<number> {
    for (const { from, text } of replies) {
      const said = readReply(text)
      const detail = `answered ${text.trim()}`
      if (said === 'stop') await stop(from, service, detail)
      if (said === 'start') await start(from, service, 'reply', detail)
    }
    for (const { from, follows } of followings) {
      if (follows) await start(from, service, 'following', 'follows again')
      else await stop(from, service, 'follows no more')
    }
    return replies.length + followings.length
  }
}
