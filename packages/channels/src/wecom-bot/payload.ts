import type { Checked, RenderedContent } from '../adapter.ts'
import type { GroupTarget } from '../group-bot/target.ts'
import { groupText, tooLong } from '../group-bot/text.ts'
import type { WecomBotSettings } from './settings.ts'

export const WECOM_MAX_BYTES = { text: 2048, markdown: 4096 } as const
/** `<@` and `>` around a user id of 64 letters, and a line end. */
const MENTION_BYTES = 70

export interface WecomPayload {
  msgtype: 'text' | 'markdown'
  content: string
}

export function wecomPayload(content: RenderedContent, cfg: WecomBotSettings): Checked<WecomPayload> {
  const checked = groupText(content, undefined)
  if (!checked.ok) return checked
  const { title, text } = checked.value
  const value: WecomPayload =
    cfg.format === 'markdown'
      ? { msgtype: 'markdown', content: withoutMentions(title === null ? text : `# ${title}\n${text}`) }
      : { msgtype: 'text', content: title === null ? text : `${title}\n${text}` }
  const most = WECOM_MAX_BYTES[cfg.format] - (cfg.format === 'markdown' ? MENTION_BYTES : 0)
  return tooLong(value.content, most) ?? { ok: true, value }
}

/** Markdown mentions whoever it names as `<@id>`, so a variable could. The recipient alone is mentioned. */
function withoutMentions(markdown: string): string {
  return markdown.replaceAll('<@', '<\u200B@')
}

/** The body of the request. Markdown takes no list of those mentioned; a mobile number cannot be mentioned in it. */
export function wecomBody({ msgtype, content }: WecomPayload, to: GroupTarget) {
  if (msgtype === 'markdown') {
    return { msgtype, markdown: { content: to.kind === 'user' ? `<@${to.id}>\n${content}` : content } }
  }
  const mention =
    to.kind === 'user'
      ? { mentioned_list: [to.id] }
      : to.kind === 'mobile'
        ? { mentioned_mobile_list: [to.mobile] }
        : {}
  return { msgtype, text: { content, ...mention } }
}
