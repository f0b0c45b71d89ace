/** What the demo's shop says, and with which variables. */
import type { Channel, CreateTemplate, Variables } from '@signalbox/contracts'
import type { Dice } from './dice.ts'
import { INVOICE_HTML, SHIPPED_HTML } from './mails.ts'

/** `single`: one at a time, all day. `promotion`: in batches. `incident`: rarely, and before everything else. */
export type Occasion = 'single' | 'promotion' | 'incident'

export interface DemoTemplate {
  occasion: Occasion
  /** Among those of its occasion and channel. */
  weight: number
  priority: number
  template: CreateTemplate & { channel: Channel }
  variables: (dice: Dice) => Variables
}

const NAMES = ['张伟', '王芳', '李娜', '陈静', '刘洋', 'Anna', 'Ben', 'Carla', 'Deniz', 'Emma'] as const
const ITEMS = ['无线耳机', '机械键盘', '手冲咖啡壶', 'Trail shoes', 'Desk lamp', 'Rain jacket'] as const
const CARRIERS = ['顺丰', '京东物流', '中通', 'DHL'] as const
const SYSTEMS = ['支付网关', '订单库', '搜索集群', 'CDN 上海', 'login API'] as const

const name = (dice: Dice) => dice.pick(NAMES)
const code = (dice: Dice) => String(dice.between(0, 999_999)).padStart(6, '0')
const order = (dice: Dice) => `SO${dice.between(10_000_000, 99_999_999)}`
const parcel = (dice: Dice) => `SF${dice.between(1_000_000_000, 9_999_999_999)}`
const amount = (dice: Dice) => (dice.between(1900, 259_900) / 100).toFixed(2)

const SINGLE = { occasion: 'single', weight: 10, priority: 5 } as const
const PROMOTION = { occasion: 'promotion', weight: 10, priority: 2 } as const
const INCIDENT = { occasion: 'incident', weight: 10, priority: 10 } as const

export const DEMO_TEMPLATES: readonly DemoTemplate[] = [
  {
    ...SINGLE,
    weight: 20,
    priority: 8,
    template: {
      name: '登录验证码',
      purpose: 'otp',
      channel: 'sms',
      content: '您的验证码是 {{code}},{{minutes}} 分钟内有效。如非本人操作,请忽略本短信。',
    },
    variables: (dice) => ({ code: code(dice), minutes: 5 }),
  },
  {
    ...SINGLE,
    template: {
      name: '发货通知(短信)',
      channel: 'sms',
      content: '{{name}},您的订单 {{order}} 已由{{carrier}}揽收,运单号 {{parcel}}。',
    },
    variables: (dice) => ({ name: name(dice), order: order(dice), carrier: dice.pick(CARRIERS), parcel: parcel(dice) }),
  },
  {
    ...SINGLE,
    weight: 6,
    priority: 8,
    template: {
      name: 'Verification code',
      purpose: 'otp',
      channel: 'sms',
      content: 'Your Signalbox code is {{code}}. It expires in {{minutes}} minutes. Do not share it.',
    },
    variables: (dice) => ({ code: code(dice), minutes: 10 }),
  },
  {
    ...SINGLE,
    template: {
      name: 'Order shipped',
      channel: 'email',
      format: 'html',
      subject: 'Your order {{order}} is on its way',
      content: SHIPPED_HTML,
    },
    variables: (dice) => ({ name: name(dice), order: order(dice), item: dice.pick(ITEMS), parcel: parcel(dice) }),
  },
  {
    ...SINGLE,
    weight: 6,
    template: {
      name: '电子发票',
      channel: 'email',
      format: 'html',
      subject: '订单 {{order}} 的电子发票已开具',
      content: INVOICE_HTML,
    },
    variables: (dice) => ({ name: name(dice), order: order(dice), amount: amount(dice), item: dice.pick(ITEMS) }),
  },
  {
    ...SINGLE,
    weight: 4,
    priority: 8,
    template: {
      name: 'Password reset',
      purpose: 'otp',
      channel: 'email',
      subject: 'Reset your password',
      content:
        'Hello {{name}},\n\nsomebody asked for a new password. Enter {{code}} within 30 minutes to choose one.\nIf it was not you, you need not do anything.\n',
    },
    variables: (dice) => ({ name: name(dice), code: code(dice) }),
  },
  {
    ...SINGLE,
    template: { name: '新的点赞', channel: 'app', content: '{{name}} 赞了你的评价「{{item}}」' },
    variables: (dice) => ({ name: name(dice), item: dice.pick(ITEMS) }),
  },
  {
    ...SINGLE,
    template: {
      name: 'Parcel nearby',
      channel: 'app',
      content: '{{carrier}} is {{minutes}} minutes away with {{item}}.',
    },
    variables: (dice) => ({ carrier: dice.pick(CARRIERS), minutes: dice.between(5, 40), item: dice.pick(ITEMS) }),
  },
  {
    ...SINGLE,
    template: {
      name: '发货提醒(公众号)',
      channel: 'wechat',
      content: '订单编号:{{order}}\n商品:{{item}}\n快递:{{carrier}} {{parcel}}\n点击查看物流详情',
    },
    variables: (dice) => ({
      order: order(dice),
      item: dice.pick(ITEMS),
      carrier: dice.pick(CARRIERS),
      parcel: parcel(dice),
    }),
  },
  {
    ...SINGLE,
    weight: 5,
    template: {
      name: '账单提醒',
      channel: 'wechat',
      content: '{{name}},您本月账单为 ¥{{amount}},请于 {{day}} 日前支付。',
    },
    variables: (dice) => ({ name: name(dice), amount: amount(dice), day: dice.between(1, 28) }),
  },
  {
    ...SINGLE,
    template: { name: '发布通知', channel: 'feishu', content: '{{system}} 已发布版本 {{version}},发布人:{{name}}。' },
    variables: (dice) => ({
      system: dice.pick(SYSTEMS),
      version: `${dice.between(1, 4)}.${dice.between(0, 30)}.${dice.between(0, 9)}`,
      name: name(dice),
    }),
  },
  {
    ...PROMOTION,
    template: {
      name: '会员日促销',
      purpose: 'marketing',
      channel: 'sms',
      content: '会员日来啦!{{name}},全场低至 {{discount}} 折,今晚 24 点截止。拒收请回复R',
    },
    variables: (dice) => ({ name: name(dice), discount: dice.between(3, 8) }),
  },
  {
    ...PROMOTION,
    template: {
      name: 'Flash sale',
      purpose: 'marketing',
      channel: 'app',
      content: '⚡ {{item}} is {{percent}}% off for the next two hours.',
    },
    variables: (dice) => ({ item: dice.pick(ITEMS), percent: dice.between(2, 6) * 10 }),
  },
  {
    ...PROMOTION,
    weight: 6,
    template: {
      name: '新品上架',
      purpose: 'marketing',
      channel: 'wechat',
      content: '{{name}},你关注的「{{item}}」有新款了,会员价 ¥{{amount}}。',
    },
    variables: (dice) => ({ name: name(dice), item: dice.pick(ITEMS), amount: amount(dice) }),
  },
  {
    ...INCIDENT,
    template: {
      name: '故障告警(飞书)',
      channel: 'feishu',
      content: '🔴 P1 故障:{{system}}\n现象:{{symptom}}\n值班:{{name}},请 5 分钟内响应。',
    },
    variables: incident,
  },
  {
    ...INCIDENT,
    template: {
      name: '故障告警(短信)',
      channel: 'sms',
      content: 'P1 故障:{{system}},{{symptom}}。值班 {{name}} 请立即响应。',
    },
    variables: incident,
  },
]

function incident(dice: Dice): Variables {
  const symptom = dice.pick(['错误率升至 12%', 'p95 超过 4 秒', '主库只读', '证书将于 1 小时后过期'])
  return { system: dice.pick(SYSTEMS), symptom, name: name(dice) }
}
