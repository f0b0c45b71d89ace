export interface ScalingDecision {
  pool: string
  /** Epoch ms. */
  at: number
  from: number
  to: number
  reason: string
}
