import type { Socket } from 'socket.io'

/** Whatever a client sends, acknowledgements too. */
const PACKETS_PER_SECOND = 2_000

/** A client that asks more than that, or sends without end, is cut. */
export function cutWhenTooBusy(client: Pick<Socket, 'use' | 'conn'>, eventsPerSecond: number): void {
  const events = perSecond(eventsPerSecond)
  const packets = perSecond(PACKETS_PER_SECOND)
  client.use((_event, next) => {
    if (events()) next()
    else client.conn.close(true)
  })
  client.conn.on('packet', () => {
    if (!packets()) client.conn.close(true)
  })
}

/** False from the first one that is too much, until the second is over. */
function perSecond(most: number): () => boolean {
  let second = 0
  let count = 0
  return () => {
    const now = Math.floor(performance.now() / 1000)
    count = now === second ? count + 1 : 1
    second = now
    return count <= most
  }
}
