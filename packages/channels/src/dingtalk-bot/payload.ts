import type { Checked, RenderedContent } from '../adapter.ts'
import type { GroupTarget } from '../group-bot/target.ts'
import { groupText, tooLong } from '../group-bot/text.ts'
import type { DingtalkBotSettings } from './settings.ts'

/** A careful bound: the pages that give DingTalk's own could not be read. A mention needs less than 100 of them. */
export const DINGTALK_MAX_BYTES = 20_000
const MENTION_BYTES = 100

export type DingtalkPayload =
  { msgtype: 'text'; text: { content: string } } | { msgtype: 'markdown'; markdown: { title: string; text: string } }

/** Whoever is mentioned is named in `at`, never by the text: `@all` in a variable stays text. */
export function dingtalkPayload(content: RenderedContent, cfg: DingtalkBotSettings): Checked<DingtalkPayload> {
  const checked = groupText(content, cfg.keyword)
  if (!checked.ok) return checked
  const { title, text } = checked.value
  const value: DingtalkPayload =
    cfg.format === 'markdown'
      ? { msgtype: 'markdown', markdown: { title: title ?? content.templateName, text } }
      : { msgtype: 'text', text: { content: title === null ? text : `${title}\n${text}` } }
  return tooLong(JSON.stringify(value), DINGTALK_MAX_BYTES - MENTION_BYTES) ?? { ok: true, value }
}

/** The body of the request. A mention shows only where the text has it too. */
export function dingtalkBody(payload: DingtalkPayload, to: GroupTarget) {
  if (to.kind === 'group') return { ...payload, at: { isAtAll: false } }
  const name = to.kind === 'mobile' ? to.mobile : to.id
  const at = { isAtAll: false, ...(to.kind === 'mobile' ? { atMobiles: [name] } : { atUserIds: [name] }) }
  return payload.msgtype === 'text'
    ? { ...payload, text: { content: `@${name} ${payload.text.content}` }, at }
    : { ...payload, markdown: { ...payload.markdown, text: `@${name}\n\n${payload.markdown.text}` }, at }
}
