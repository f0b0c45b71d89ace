/** What nodes tell each other, over sharded channels of Redis. */
import type { Bus } from '../../nodes/bus.ts'
import type { RedisLink } from './link.ts'

/** More would hold up what else goes over the connection. */
const LONGEST = 1_000_000

export function createBus(link: RedisLink): Bus {
  const topics = new Map<string, Topic>()
  const channelOf = (topic: string) => `${link.prefix}:bus:${topic}`

  interface Topic {
    hear: Set<(payload: unknown) => void>
    listen: (text: string) => void
    /** Redis was asked, and has not refused. The client asks again by itself when the connection comes back. */
    asked: boolean
  }

  function ask(name: string, topic: Topic): void {
    if (topic.asked || !link.listener.isReady) return
    topic.asked = true
    link.listener.sSubscribe(channelOf(name), topic.listen).catch(() => (topic.asked = false))
  }

  function askAll(): void {
    for (const [name, topic] of topics) ask(name, topic)
  }
  link.onListening(askAll)
  // What was asked while the connection broke was refused.
  link.onBeat(askAll)

  function newTopic(): Topic {
    const hear = new Set<(payload: unknown) => void>()
    return { hear, asked: false, listen: (text) => tell(hear, text) }
  }

  return {
    publish(topic, payload) {
      const text = JSON.stringify(payload)
      if (text !== undefined && text.length <= LONGEST) link.publish(channelOf(topic), text)
    },
    subscribe(name, hear) {
      const topic = topics.get(name) ?? newTopic()
      topics.set(name, topic)
      // Several may listen with the same function.
      const mine = (payload: unknown) => hear(payload)
      topic.hear.add(mine)
      ask(name, topic)
      return () => {
        topic.hear.delete(mine)
        if (topic.hear.size > 0 || topics.get(name) !== topic) return
        topics.delete(name)
        if (topic.asked) link.listener.sUnsubscribe(channelOf(name), topic.listen).catch(() => undefined)
      }
    },
  }
}

function tell(hear: ReadonlySet<(payload: unknown) => void>, text: string): void {
  let payload: unknown
  try {
    payload = JSON.parse(text)
  } catch {
    // Not ours.
    return
  }
  for (const each of hear) each(payload)
}
