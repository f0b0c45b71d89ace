import type { Channel, TemplateFormat } from '@signalbox/contracts'

/** What the editor asks for on a channel. */
export interface ChannelTraits {
  /** The subject of an e-mail, the title of a card; an SMS has none. */
  subject: 'required' | 'optional' | 'none'
  formats: readonly TemplateFormat[]
}

export const CHANNEL_TRAITS: Record<Channel, ChannelTraits> = {
  sms: { subject: 'none', formats: ['text'] },
  email: { subject: 'required', formats: ['text', 'html', 'mjml'] },
  app: { subject: 'optional', formats: ['text'] },
  wechat: { subject: 'optional', formats: ['text'] },
  feishu: { subject: 'optional', formats: ['text'] },
}
