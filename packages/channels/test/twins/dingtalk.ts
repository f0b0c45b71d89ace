/** DingTalk's custom bot, after accounts of "自定义机器人接入" of open.dingtalk.com. */
import { startTwin, type Twin, type TwinReply, type TwinRequest } from './http-twin.ts'
import { pythonHmacSha256 } from './python.ts'

export interface DingtalkTwinOptions {
  token: string
  secret?: string
  keyword?: string
  /** Epoch ms of the provider's clock. */
  now: () => number
}

interface Sent {
  msgtype?: string
  text?: { content?: string }
  markdown?: { title?: string; text?: string }
  at?: { atMobiles?: string[]; atUserIds?: string[]; isAtAll?: boolean }
}

export function startDingtalkTwin(options: DingtalkTwinOptions): Promise<Twin> {
  return startTwin((request) => judge(request, options))
}

async function judge(
  { method, path, query, headers, body }: TwinRequest,
  options: DingtalkTwinOptions,
): Promise<TwinReply> {
  if (method !== 'POST' || path !== '/robot/send') return { status: 404, body: 'not found' }
  if (query.get('access_token') !== options.token) return refuse(300005, 'token is not exist')
  if (!headers['content-type']?.startsWith('application/json')) return refuse(43004, 'invalid content-type')
  const sent = JSON.parse(body.toString('utf8')) as Sent
  const words = wordsOf(sent)
  if (words === null) return refuse(40035, '缺少参数 json')
  if (options.secret !== undefined) {
    const timestamp = query.get('timestamp') ?? ''
    if (!/^\d{13}$/.test(timestamp) || Math.abs(options.now() - Number(timestamp)) > 3_600_000) {
      return refuse(310000, 'invalid timestamp')
    }
    const expected = await pythonHmacSha256(options.secret, `${timestamp}\n${options.secret}`)
    if (query.get('sign') !== expected) return refuse(310000, 'sign not match')
  }
  if (options.keyword !== undefined && !words.includes(options.keyword)) {
    return refuse(310000, 'keywords not in content')
  }
  return refuse(0, 'ok')
}

/** Null where a field that the kind of message needs is missing. */
function wordsOf({ msgtype, text, markdown }: Sent): string | null {
  if (msgtype === 'text') return text?.content ?? null
  if (msgtype === 'markdown' && markdown?.title && markdown.text) return `${markdown.title}\n${markdown.text}`
  return null
}

function refuse(errcode: number, errmsg: string): TwinReply {
  return { body: { errcode, errmsg } }
}
