/** What the demo sends next. Pure: dice in, request bodies out. */
import { CHANNELS, type Channel, type SendBatchRequest } from '@signalbox/contracts'
import type { Dice } from '../dice.ts'
import { recipientOn } from '../recipients.ts'
import type { DemoTemplate, Occasion } from '../templates.ts'
import type { Send } from './client.ts'

/** A demo template under the id that the server gave it. */
export type Stored = DemoTemplate & { id: number }

/** Null or nothing where an operator has archived all templates of that kind. */
export interface Chooser {
  single(): Send | null
  /** To 200-800 people, scaled. */
  promotion(rate: number): SendBatchRequest | null
  /** The same news to the team's group and to whoever is on call. */
  incident(): Send[]
}

/** How often each channel is used for single messages. */
const CHANNEL_WEIGHTS: Record<Channel, number> = { sms: 38, app: 27, wechat: 16, email: 12, feishu: 7 }
/** Of single messages, those that are to leave later. */
const DELAYED_SHARE = 0.03
const BATCH_LIMIT = 10_000

export function createChooser(templates: readonly Stored[], dice: Dice): Chooser {
  const of = (occasion: Occasion) => templates.filter((template) => template.occasion === occasion)
  const singles = CHANNELS.map((channel) => ({
    weight: CHANNEL_WEIGHTS[channel],
    templates: of('single').filter(({ template }) => template.channel === channel),
  })).filter(({ templates: ofChannel }) => ofChannel.length > 0)
  const promotions = of('promotion')
  const incidents = of('incident')

  /** Made by dice too, so new ones need a new seed at every start. */
  const key = () => `demo-${dice.between(0, 2 ** 32 - 1).toString(36)}-${dice.between(0, 2 ** 32 - 1).toString(36)}`
  const message = (stored: Stored): Send => ({
    template_id: stored.id,
    recipient: recipientOn(stored.template.channel, dice),
    variables: stored.variables(dice),
    priority: stored.priority,
    idempotency_key: key(),
  })

  return {
    single() {
      const stored = dice.weighted(dice.weighted(singles)?.templates ?? [])
      if (!stored) return null
      const body = message(stored)
      return dice.roll() < DELAYED_SHARE ? { ...body, delay_ms: dice.between(10, 90) * 1000 } : body
    },
    promotion(rate) {
      const stored = dice.weighted(promotions)
      if (!stored) return null
      const size = Math.max(1, Math.min(BATCH_LIMIT, Math.round(dice.between(200, 800) * rate)))
      const { channel } = stored.template
      return {
        template_id: stored.id,
        recipients: Array.from({ length: size }, () => recipientOn(channel, dice)),
        variables_list: Array.from({ length: size }, () => stored.variables(dice)),
        priority: stored.priority,
        idempotency_key: key(),
      }
    },
    incident() {
      const news = incidents[0]?.variables(dice) ?? {}
      return incidents.map((stored) => ({ ...message(stored), variables: news }))
    },
  }
}
