/** The independent reader of signatures: a Python process that stays up and shares no code with the adapters. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const verdictSchema = z.object({ ok: z.boolean(), why: z.string(), expected: z.string() })
export type Verdict = z.output<typeof verdictSchema>

export interface SignedRequest {
  scheme: 'acs3' | 'tc3' | 'twilio'
  secret: string
  method: string
  /** As it is signed: path and query, or the whole address. */
  url: string
  /** Lower-case names. */
  headers: Record<string, string>
  body: Uint8Array
}

export interface Verifier {
  verify(request: SignedRequest): Promise<Verdict>
  close(): Promise<void>
}

/** Without Python twins cannot judge. On a laptop their tests are skipped; on CI that is a failure. */
export const hasPython = spawnSync('python3', ['--version']).status === 0
export const twinsCannotRun = !hasPython && process.env['CI'] !== 'true'

export function startVerifier(): Verifier {
  const child = spawn('python3', [join(import.meta.dirname, 'verify.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting: { resolve: (verdict: Verdict) => void; reject: (error: Error) => void }[] = []
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  child.on('error', fail)
  child.on('exit', () => fail(new Error('the verifier has ended')))
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.resolve(verdictSchema.parse(JSON.parse(line)))
  })
  return {
    verify: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify({ ...request, body: Buffer.from(request.body).toString('base64') })}\n`)
      }),
    async close() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
