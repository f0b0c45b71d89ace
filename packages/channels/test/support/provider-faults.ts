/** What every adapter over HTTP must make of a provider that fails. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/adapter.ts'
import { startTwin, type Twin } from '../twins/http-twin.ts'
import { twinsCannotRun } from '../twins/verifier.ts'

export interface FaultSubject {
  start(): Promise<Twin>
  /** One good message to the twin at `url`. */
  send(url: string, signal?: AbortSignal): Promise<Outcome>
  /** Requests to the twin before the one that carries the message. */
  requestsBefore?: number
  /** Never shown in an outcome. */
  secrets: readonly string[]
  /** The body of a refusal that this provider answers with status 200; null: it refuses by status alone. */
  errorIn200: object | null
  /** The provider answers by its status alone. */
  anyBodyIsGood?: boolean
  /** The twin checks signatures with Python. */
  needsPython?: boolean
}

export function exerciseFaults(name: string, subject: FaultSubject): void {
  const before = subject.requestsBefore ?? 0

  describe.skipIf(subject.needsPython && twinsCannotRun)(`${name} in front of a provider that fails`, () => {
    let twin: Twin
    beforeEach(async () => {
      twin = await subject.start()
    })
    afterEach(() => twin.close())

    it('does not know what became of a message that was taken and never answered', async () => {
      twin.failNext('hang')
      const giveUp = new AbortController()
      const sending = subject.send(twin.url, giveUp.signal)
      await twin.handled(before + 1)
      giveUp.abort()
      expect(await sending).toMatchObject({ status: 'unknown' })
    })

    it('does not know what became of a message when the connection broke after it', async () => {
      twin.failNext('reset')
      expect(await subject.send(twin.url)).toMatchObject({ status: 'unknown' })
      expect(twin.requests).toHaveLength(before + 1)
    })

    it.each(subject.anyBodyIsGood ? [] : (['garbage'] as const))(
      'does not know what became of a message answered by something else than the provider: %s',
      async (answer) => {
        twin.failNext(answer)
        expect(await subject.send(twin.url)).toMatchObject({ status: 'unknown' })
      },
    )

    it.each(subject.errorIn200 === null ? [] : [subject.errorIn200])(
      'takes a refusal for one, also with status 200: %j',
      async (body) => {
        twin.failNext({ status: 200, body })
        expect(await subject.send(twin.url)).toMatchObject({ status: 'failed' })
      },
    )

    it('knows that a message turned away for its rate was not sent, and until when to wait', async () => {
      twin.failNext({ status: 429, headers: { 'retry-after': '7' }, body: 'slow down' })
      expect(await subject.send(twin.url)).toMatchObject({
        status: 'failed',
        category: 'rate_limited',
        retryAfterMs: 7_000,
      })
    })

    it('knows that nothing was sent when nobody listens', async () => {
      const nobody = await startTwin(() => ({}))
      await nobody.close()
      expect(await subject.send(nobody.url)).toMatchObject({
        status: 'failed',
        category: 'provider_down',
        scope: 'provider',
      })
    })

    it('follows no redirect', async () => {
      twin.failNext({ status: 307, headers: { location: `${twin.url}/elsewhere` } })
      expect(await subject.send(twin.url)).toMatchObject({ status: 'failed', category: 'config' })
      expect(twin.requests).toHaveLength(before + 1)
    })

    it('shows no secret that the provider repeats', async () => {
      twin.failNext({ status: 403, body: `no: ${subject.secrets.join(' ')}` })
      const shown = JSON.stringify(await subject.send(twin.url))
      for (const secret of subject.secrets) expect(shown).not.toContain(secret)
    })
  })
}
