/** A twin that says what was not as documented, with the verifier of signatures at its side. */
import { startTwin as startHttpTwin, type Twin, type TwinReply, type TwinRequest } from './http-twin.ts'
import { startVerifier, type Verifier } from './verifier.ts'

/** Answers a request. Throws `Complaint` with a reply where the request is not as documented. */
export type Provider = (request: TwinRequest, verifier: Verifier) => Promise<TwinReply>

export class Complaint extends Error {
  readonly reply: TwinReply
  constructor(message: string, reply: TwinReply) {
    super(`not as documented: ${message}`)
    this.reply = reply
  }
}

export interface JudgingTwin extends Twin {
  /** What of the requests was not as documented; a test expects none. */
  complaints: string[]
}

export async function startJudgingTwin(provider: Provider): Promise<JudgingTwin> {
  const verifier = startVerifier()
  const complaints: string[] = []
  const twin = await startHttpTwin(async (request) => {
    try {
      return await provider(request, verifier)
    } catch (error) {
      complaints.push(error instanceof Error ? error.message : String(error))
      if (error instanceof Complaint) return error.reply
      throw error
    }
  })
  return {
    ...twin,
    complaints,
    async close() {
      await twin.close()
      await verifier.close()
    },
  }
}

/** One value of each header, names in lower case. */
export function plainHeaders({ headers }: TwinRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
