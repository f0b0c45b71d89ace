/** Feishu's custom bot, after "自定义机器人使用指南" of open.larkoffice.com. */
import { pythonHmacSha256 } from './python.ts'
import { startTwin, type Twin, type TwinReply, type TwinRequest } from './http-twin.ts'

export interface FeishuTwinOptions {
  hook: string
  secret?: string
  keyword?: string
  /** Epoch ms of the provider's clock. */
  now: () => number
}

const OK = { code: 0, msg: 'success', data: {}, Extra: null, StatusCode: 0, StatusMessage: 'success' }
const KINDS = new Set(['text', 'post', 'image', 'share_chat', 'interactive'])

export function startFeishuTwin(options: FeishuTwinOptions): Promise<Twin> {
  return startTwin((request) => judge(request, options))
}

async function judge({ method, path, headers, body }: TwinRequest, options: FeishuTwinOptions): Promise<TwinReply> {
  if (method !== 'POST' || !path.startsWith('/open-apis/bot/v2/hook/'))
    return { status: 404, body: '404 page not found' }
  if (path.slice('/open-apis/bot/v2/hook/'.length) !== options.hook) {
    return refuse(19001, 'param invalid: incoming webhook access token invalid')
  }
  if (!headers['content-type']?.startsWith('application/json') || body.length > 20 * 1024)
    return refuse(9499, 'Bad Request')
  const sent = JSON.parse(body.toString('utf8')) as Record<string, unknown>
  if (!KINDS.has(String(sent['msg_type'])) || !sent['content']) return refuse(9499, 'Bad Request')
  if (options.secret !== undefined) {
    const { timestamp, sign } = sent
    const old = Math.abs(options.now() / 1000 - Number(timestamp)) > 3600
    const expected = await pythonHmacSha256(`${String(timestamp)}\n${options.secret}`, '')
    if (typeof timestamp !== 'string' || old || sign !== expected) {
      return refuse(19021, 'sign match fail or timestamp is not within one hour from current time')
    }
  }
  if (options.keyword !== undefined && !JSON.stringify(sent['content']).includes(options.keyword)) {
    return refuse(19024, 'Key Words Not Found')
  }
  return { body: OK }
}

function refuse(code: number, msg: string): TwinReply {
  return { body: { code, msg, data: {} } }
}
