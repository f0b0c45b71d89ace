import type { Channel } from '@signalbox/contracts'

/** Enough of a recipient to recognise one's own test message, too little to reach a person. */
export function maskRecipient(channel: Channel, recipient: string): string {
  if (channel === 'email') {
    const at = recipient.lastIndexOf('@')
    if (at > 0) return `${recipient.slice(0, 1)}***${recipient.slice(at)}`
  }
  const characters = Array.from(recipient)
  if (channel === 'sms' && characters.length >= 9) {
    return `${characters.slice(0, -8).join('')}****${characters.slice(-4).join('')}`
  }
  if (characters.length <= 4) return `${characters[0] ?? ''}***`
  return `${characters.slice(0, 2).join('')}***${characters.slice(-2).join('')}`
}
