/** How a state looks beside its word: a shape of its own and a tone. */
export type Tone = 'muted' | 'waiting' | 'moving' | 'ok' | 'warn' | 'fail' | 'unknown'

export interface Look {
  tone: Tone
  /** An SVG path in a 12 × 12 box. */
  shape: string
  /** Filled, else drawn as a line. */
  filled: boolean
}
