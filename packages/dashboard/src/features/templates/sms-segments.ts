/** A first segment alone holds 70 characters; in a longer message each gives 3 of them to the header that joins them. */
const SINGLE = 70
const JOINED = 67

/** What a mainland provider takes in one message, variables included. */
export const SMS_MAX_CHARACTERS = 500

export interface SmsSize {
  /** UTF-16 units, the unit that is billed: an emoji counts 2. */
  characters: number
  segments: number
}

/**
 * How a mainland SMS is billed: 70 characters, or 67 per part of a longer one; letters count like hanzi
 * (the documented rule of Aliyun dysmsapi, which also counts the sign name, added by the provider).
 */
export function measureSms(text: string): SmsSize {
  const characters = text.length
  if (characters === 0) return { characters, segments: 0 }
  return { characters, segments: characters <= SINGLE ? 1 : Math.ceil(characters / JOINED) }
}
