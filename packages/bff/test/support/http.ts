import { request, type IncomingHttpHeaders } from 'node:http'

export interface TestReply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The parsed body; tests look into it freely. */
  body: ReplyBody
}

interface ReplyBody {
  code: number
  message: string
  // A reply's shape is what a test is about to find out.
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  data: any
  details: {
    error: string
    issues?: { path: string; expected: string; got: string; message: string }[]
    retry_after_ms?: number
    request_id?: string
  }
}

export interface TestRequest {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON unless it is text or bytes. */
  body?: unknown
}

/** A request with any header whatever, which `fetch` would not send. */
export function call(
  baseUrl: string,
  path: string,
  { method = 'GET', headers = {}, body }: TestRequest = {},
): Promise<TestReply> {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const type: Record<string, string | number> =
    payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
  return new Promise((resolve, reject) => {
    const options = { method, agent: false, headers: { ...type, ...headers } }
    const sent = request(new URL(path, baseUrl), options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const { 'content-type': contentType = '', 'content-encoding': encoding } = response.headers
        const isJson = contentType.startsWith('application/json') && encoding === undefined
        const parsed = (isJson ? JSON.parse(text) : null) as ReplyBody
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed })
      })
    })
    sent.on('error', reject)
    sent.end(payload)
  })
}
