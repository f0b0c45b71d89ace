/**
 * Invented people. Every address lies in a range that belongs to nobody: example domains (RFC 2606), and ids of no
 * account. Mobile numbers have no such range on the mainland; these never leave the sandbox.
 */
import type { Channel } from '@signalbox/contracts'
import type { Dice } from './dice.ts'

/** Mailboxes that the demo's mail server refuses, by what stands before the dot. */
export const GONE = 'gone'
export const FULL = 'full'

const FIRST = ['wei', 'fang', 'na', 'min', 'jing', 'li', 'qiang', 'anna', 'ben', 'carla', 'deniz', 'emma'] as const
const LAST = ['zhang', 'wang', 'chen', 'liu', 'zhao', 'smith', 'garcia', 'mueller', 'rossi', 'tanaka'] as const
const DOMAINS = ['example.com', 'example.net', 'example.org', 'mail.example.com'] as const

export function recipientOn(channel: Channel, dice: Dice): string {
  return PERSON[channel](dice)
}

/** Users of the app, all of whom have a device: see `devices.ts`. */
export const APP_USERS = Array.from({ length: 60 }, (_, i) => `user-${10_001 + i}`) as [string, ...string[]]

const PERSON: Record<Channel, (dice: Dice) => string> = {
  sms: (dice) => `1${dice.pick(['38', '39', '50', '58', '86', '88', '99'])}${digits(dice, 8)}`,
  email: (dice) => `${mailbox(dice)}@${dice.pick(DOMAINS)}`,
  app: (dice) => dice.pick(APP_USERS),
  wechat: (dice) => `oDemo${letters(dice, 23)}`,
  // A bot per team: groups, not people.
  feishu: (dice) => `oc_demo${String(dice.between(1, 12)).padStart(28, '0')}`,
}

/** About 2 in 100 have left, 1 has a full mailbox. */
function mailbox(dice: Dice): string {
  const luck = dice.roll()
  const first = luck < 0.02 ? GONE : luck < 0.03 ? FULL : dice.pick(FIRST)
  return `${first}.${dice.pick(LAST)}${dice.between(1, 99)}`
}

function digits(dice: Dice, count: number): string {
  return String(dice.between(0, 10 ** count - 1)).padStart(count, '0')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function letters(dice: Dice, count: number): string {
  return Array.from({ length: count }, () => ALPHABET[dice.between(0, ALPHABET.length - 1)]).join('')
}
