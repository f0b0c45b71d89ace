/** A receiver of Standard Webhooks, after its specification: signature, ± 5 minutes, one of each id. */
import { startTwin, type Twin, type TwinReply, type TwinRequest } from './http-twin.ts'
import { python } from './python.ts'

export interface WebhookReceiver extends Twin {
  /** `webhook-id` of what was taken, each once. */
  readonly taken: Set<string>
}

/** `secrets` are any of those that the sender may sign with. `now`: epoch ms. */
export async function startWebhookReceiver(secret: string, now: () => number): Promise<WebhookReceiver> {
  const taken = new Set<string>()
  const twin = await startTwin((request) => judge(request, secret, now, taken))
  return { ...twin, taken }
}

async function judge(
  { method, headers, body }: TwinRequest,
  secret: string,
  now: () => number,
  taken: Set<string>,
): Promise<TwinReply> {
  if (method !== 'POST') return { status: 405 }
  const id = String(headers['webhook-id'])
  const at = String(headers['webhook-timestamp'])
  if (!/^\d{10}$/.test(at) || Math.abs(now() / 1000 - Number(at)) > 300) return { status: 401 }
  const expected = await signature(secret, `${id}.${at}.${body.toString('utf8')}`)
  if (!String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`)) return { status: 401 }
  taken.add(id)
  return { status: 204 }
}

function signature(secret: string, signed: string): Promise<string> {
  return python(
    'import base64, hashlib, hmac, sys\n' +
      'key = base64.b64decode(sys.argv[1].removeprefix("whsec_"))\n' +
      'print(base64.b64encode(hmac.new(key, sys.argv[2].encode(), hashlib.sha256).digest()).decode())',
    secret,
    signed,
  )
}
