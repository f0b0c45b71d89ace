/** A server that peers need. */
export interface Service {
  /** Where contenders find it. */
  readonly address: string
  /** `Redis 7.0.15` */
  readonly version: string
  stop(): Promise<void>
}
