/**
 * What a person says by answering a message with one word. Sources: Aliyun and Tencent Cloud (R, TD, T, N, 退订, 拒收),
 * Twilio's default opt-out words, AWS's list.
 */
const STOP = new Set(
  ['R', 'TD', 'T', 'N', '退订', '拒收']
    .concat(['STOP', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT', 'CANCEL'])
    .concat(['ARRET', 'REMOVE', 'OPT-OUT']),
)
const START = new Set(['START', 'UNSTOP', 'SUBSCRIBE', 'OPTIN', 'OPT-IN', '订阅', '恢复订阅'])

/** The longest word, with room for spaces in it. */
const LONGEST = 40

/**
 * Null for anything but such a word: the whole message has to be it, in any case, in full or half width, with spaces and
 * a full stop or exclamation mark behind it or not. "Please stop by" stops nothing.
 */
export function readReply(text: string): 'stop' | 'start' | null {
  if (text.length > LONGEST) return null
  const word = text
    .normalize('NFKC')
    .replaceAll(/[\s\p{Cf}]+/gu, '')
    .replace(/[.。!]+$/u, '')
    .toUpperCase()
  if (STOP.has(word)) return 'stop'
  return START.has(word) ? 'start' : null
}
