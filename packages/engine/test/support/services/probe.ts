import { connect } from 'node:net'

const ANSWER_MS = 2_000

/** What is said to a server next, or whether it is one; null: not enough was heard yet. */
type Judgement = string | Buffer | boolean | null

/**
 * Whether a server of a kind is there. Nobody, silence and an end are no.
 * @param first said to it
 * @param judge is given all that was heard since it spoke last
 */
export function probe(
  { port, hostname }: { port: number; hostname: string },
  first: string | Buffer,
  judge: (heard: Buffer) => Judgement,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, hostname)
    const done = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(ANSWER_MS, () => done(false))
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
    socket.on('connect', () => socket.write(first))
    let heard = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      const judgement = judge(heard)
      if (judgement === null) return
      if (typeof judgement === 'boolean') return done(judgement)
      heard = Buffer.alloc(0)
      socket.write(judgement)
    })
  })
}
