/** One way to get a job from one place to another, in its own words; the measures see no difference. */
export interface Contender {
  readonly name: string
  /** What a power cut may take of what was acknowledged. */
  readonly durable: string
  /** The server it needs beside itself. */
  readonly needs: ServiceName | null
  /** Packages whose versions belong to a result. */
  readonly packages: readonly string[]
  /** Processors it may run on, as `taskset` takes them. Default: all. */
  readonly cores?: string
  /** Also drains a deep backlog in mixed priority. */
  readonly deep?: boolean
  /** An empty queue of its own, not yet processing. */
  open(address: string): Promise<Session>
}

export type ServiceName = 'redis' | 'postgres' | 'rabbitmq'

export interface Session {
  /** Settles when the contender says that it has the job. Priority 0-10, 10 first, where `deep` is set. */
  enqueue(payload: string, priority?: number): Promise<unknown>
  /** The API's call for many. */
  enqueueBulk(payloads: readonly string[]): Promise<unknown>
  /** Calls the handler once per job, so many at a time, with whatever acknowledgement the contender has. Settles when it has begun. */
  process(handler: () => void, concurrency: number): Promise<void>
  close(): Promise<void>
}
