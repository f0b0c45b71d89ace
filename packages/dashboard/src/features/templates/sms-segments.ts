/** A part alone holds 70 units; of several parts each gives 3 of them to the header that joins them. */
const ALONE = 70
const JOINED = 67

/** What a mainland provider takes in one message, variables included. */
export const SMS_MAX_CHARACTERS = 500

export interface SmsSize {
  /** UTF-16 units, as they are billed: an emoji counts 2. */
  characters: number
  segments: number
}

/**
 * How a mainland SMS is billed: letters count like hanzi, and a pair of units is never split over two parts
 * (documented by Aliyun, which also counts the sign name it puts in front).
 */
export function measureSms(text: string): SmsSize {
  const characters = text.length
  if (characters <= ALONE) return { characters, segments: characters === 0 ? 0 : 1 }
  let segments = 1
  let filled = 0
  for (const character of text) {
    if (filled + character.length > JOINED) {
      segments += 1
      filled = 0
    }
    filled += character.length
  }
  return { characters, segments }
}
