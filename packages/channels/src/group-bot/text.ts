import type { Checked, RenderedContent } from '../adapter.ts'

export interface GroupText {
  title: string | null
  text: string
}

export const GROUP_FORMATS = ['text', 'markdown'] as const
export type GroupFormat = (typeof GROUP_FORMATS)[number]

/** Title and text, with what must hold for any bot: there is some, and the keyword is in it. */
export function groupText(content: RenderedContent, keyword: string | undefined): Checked<GroupText> {
  const title = content.subject?.trim() || null
  if (content.text.trim() === '') return wrongText('expected some text, got none')
  if (keyword !== undefined && !`${title ?? ''}\n${content.text}`.includes(keyword)) {
    return wrongText(`expected the keyword ${JSON.stringify(keyword)} that the bot demands, got a text without it`)
  }
  return { ok: true, value: { title, text: content.text } }
}

/** The text is known to fit when this gives null. */
export function tooLong(text: string, mostBytes: number): Checked<never> | null {
  const bytes = Buffer.byteLength(text)
  return bytes > mostBytes ? wrongText(`expected at most ${mostBytes} bytes, got ${bytes}`) : null
}

export function wrongText(message: string): Checked<never> {
  return { ok: false, errors: [{ field: 'text', message }] }
}
