/** More digits than a screen shows would only make every tick look changed. */
export function tenths(ms: number | null): number | null {
  return ms === null ? null : oneDecimal(ms)
}

export function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10
}
