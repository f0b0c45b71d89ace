/** Parts that a text message is sent and billed in. */

/** The GSM 03.38 basic set; its extension counts twice. */
const GSM_BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const GSM_EXTENSION = new Set('|^€{}[]~\\\f')

/**
 * Mainland carriers count every character as one, letters too, sign name with its 【】 included: 70 in one part, else 67
 * in each (Aliyun, Tencent). Elsewhere GSM-7 (160, 153) or UCS-2 (70, 67) by what the text needs.
 */
export function smsSegments(text: string, route: 'mainland' | 'international'): number {
  const characters = [...text]
  if (route === 'international' && characters.every((character) => gsmUnits(character) > 0)) {
    return parts(characters.map(gsmUnits), 160, 153)
  }
  // UTF-16 units: an emoji is two.
  return parts(
    characters.map((character) => character.length),
    70,
    67,
  )
}

/** 0 for a character that GSM-7 lacks. */
function gsmUnits(character: string): number {
  if (GSM_BASIC.has(character)) return 1
  return GSM_EXTENSION.has(character) ? 2 : 0
}

/** A character of two units is never split over two parts. */
function parts(units: number[], single: number, each: number): number {
  const total = units.reduce((sum, unit) => sum + unit, 0)
  if (total <= single) return 1
  let count = 1
  let filled = 0
  for (const unit of units) {
    if (filled + unit > each) {
      count += 1
      filled = 0
    }
    filled += unit
  }
  return count
}
