import type { Checked, RenderedContent } from '../adapter.ts'
import type { FeishuBotSettings } from './settings.ts'

/** The whole request may have 20 KB; what signature, mention and envelope need is kept free. */
export const FEISHU_MAX_BYTES = 20 * 1024
const ENVELOPE_BYTES = 512

export interface FeishuPayload {
  title: string | null
  lines: string[]
}

/**
 * A rich text post, never a plain `text`: there Feishu reads `<at user_id="all">` out of the text, so a variable could
 * call a whole group.
 */
export function feishuPayload(content: RenderedContent, cfg: FeishuBotSettings): Checked<FeishuPayload> {
  const payload = { title: content.subject?.trim() || null, lines: content.text.split(/\r\n|\r|\n/) }
  if (content.text.trim() === '') return wrong('expected some text, got none')
  if (cfg.keyword !== undefined && !`${payload.title ?? ''}\n${content.text}`.includes(cfg.keyword)) {
    return wrong(`expected the keyword ${JSON.stringify(cfg.keyword)} that the bot demands, got a text without it`)
  }
  const bytes = Buffer.byteLength(JSON.stringify(feishuContent(payload, null)))
  const most = FEISHU_MAX_BYTES - ENVELOPE_BYTES
  return bytes > most ? wrong(`expected at most ${most} bytes, got ${bytes}`) : { ok: true, value: payload }
}

/** `msg_type` and `content` of the request. */
export function feishuContent({ title, lines }: FeishuPayload, mention: string | null) {
  const paragraphs: object[][] = lines.map((line) => [{ tag: 'text', text: line === '' ? ' ' : line }])
  if (mention !== null) paragraphs.unshift([{ tag: 'at', user_id: mention }])
  return {
    msg_type: 'post',
    content: { post: { zh_cn: { ...(title === null ? {} : { title }), content: paragraphs } } },
  }
}

function wrong(message: string): Checked<never> {
  return { ok: false, errors: [{ field: 'text', message }] }
}
