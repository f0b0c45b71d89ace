import type { OwnServer } from './own-server.ts'

/** A service that tests stand on, and the ways to get one. */
export interface Service {
  name: 'PostgreSQL' | 'RabbitMQ' | 'Redis'
  /** Where a person says which to use. */
  variable: 'DATABASE_URL' | 'AMQP_URL' | 'REDIS_URL'
  /** Debian's package. */
  package: string
  /** Where one listens that this machine has anyway, the likeliest first. */
  usual(): string[]
  /** It answers, lets us in, and does what the tests need. */
  answers(url: string): Promise<boolean>
  isInstalled(): boolean
  /** Starts one of the caller's own from what is installed; null when it is not. */
  start(): Promise<OwnServer | null>
}

/** How one gets what is missing. */
export const advice = (services: readonly Service[]): string =>
  `sudo apt-get install -y --no-install-recommends ${services.map((service) => service.package).join(' ')}` +
  `, or set ${services.map((service) => service.variable).join(', ')}`
