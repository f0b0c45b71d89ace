/** WeCom's group bot, after accounts of developer.work.weixin.qq.com/document/path/91770. */
import { startTwin, type Twin, type TwinReply, type TwinRequest } from './http-twin.ts'

interface Sent {
  msgtype?: string
  text?: { content?: string; mentioned_list?: string[]; mentioned_mobile_list?: string[] }
  markdown?: { content?: string }
}

export function startWecomTwin({ key }: { key: string }): Promise<Twin> {
  return startTwin((request) => judge(request, key))
}

function judge({ method, path, query, body }: TwinRequest, key: string): TwinReply {
  if (method !== 'POST' || path !== '/cgi-bin/webhook/send') return { status: 404, body: '' }
  if (query.get('key') !== key) return refuse(93000, 'invalid webhook url, hint: [1600000000_1], from ip: 127.0.0.1')
  const sent = JSON.parse(body.toString('utf8')) as Sent
  if (sent.msgtype === 'text') return judgeLength(sent.text?.content, 2048)
  if (sent.msgtype === 'markdown') return judgeLength(sent.markdown?.content, 4096)
  return refuse(40008, 'invalid message type')
}

function judgeLength(content: string | undefined, most: number): TwinReply {
  if (!content) return refuse(40035, 'invalid parameter')
  return Buffer.from(content, 'utf8').length > most
    ? refuse(40058, `content exceed max length ${most}. invalid Request Parameter`)
    : refuse(0, 'ok')
}

function refuse(errcode: number, errmsg: string): TwinReply {
  return { body: { errcode, errmsg } }
}
