/** One way from those who have messages to those who send them, each a process; the measures see no difference. */
import type { ServiceName } from '../queue/contender.ts'

export interface Path {
  readonly name: string
  /** What a power cut may take of what was acknowledged. */
  readonly durable: string
  readonly needs: readonly ServiceName[]
  /** Packages whose versions belong to a result. */
  readonly packages: readonly string[]
  /** `apart`: a process takes messages in, or works. `together`: each does both. */
  readonly shape: 'apart' | 'together'
  /** Takes priorities, 10 first. */
  readonly prioritised: boolean
  /** A seat in this process. The first seat of a place is opened before all others. */
  open(place: Place, part: Part, handler: (payload: string) => void): Promise<Seat>
  /** Nobody has a seat there any more. */
  remove(place: Place): Promise<void>
}

export type Part = 'takes' | 'works' | 'both'

export interface Place {
  /** Lower-case letters, digits and underscores; used once. */
  name: string
  addresses: Readonly<Partial<Record<ServiceName, string>>>
}

export interface Seat {
  /** Settles when the path says that it has the message. */
  enqueue(payload: string, priority: number): Promise<unknown>
  /** Begins to work, where its part is to. */
  begin(): Promise<void>
  close(): Promise<void>
}

/** Messages that one process works on at a time. */
export const CONCURRENCY = 100

export function addressOf({ addresses }: Place, service: ServiceName): string {
  const address = addresses[service]
  if (address === undefined) throw new Error(`expected ${service} to be there, got no address`)
  return address
}
