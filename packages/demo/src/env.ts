/** Start-up settings of the demo. */
import { join, resolve } from 'node:path'

export interface DemoEnv {
  port: number
  host: string
  dataDir: string
  /** Multiplies the traffic: 1 is 3-12 messages/s and a promotion to 200-800 people every 1-2 minutes. */
  rate: number
}

const REPOSITORY = join(import.meta.dirname, '../../..')

/** Throws an error whose text names every variable that is wrong, one line each. */
export function parseDemoEnv(variables: Record<string, string | undefined>): DemoEnv {
  const problems: string[] = []
  const numberOf = (name: string, standard: number, fits: (value: number) => boolean, expected: string): number => {
    const raw = variables[name]
    if (raw === undefined || raw === '') return standard
    const value = Number(raw)
    if (fits(value)) return value
    problems.push(`expected ${name} to be ${expected}, got ${JSON.stringify(raw)}`)
    return standard
  }
  const isPort = (value: number) => Number.isInteger(value) && value >= 0 && value <= 65_535
  const env = {
    port: numberOf('PORT', 8000, isPort, 'a port number from 0 to 65535'),
    host: variables['HOST'] || '127.0.0.1',
    dataDir: resolve(variables['DATA_DIR'] || join(REPOSITORY, '.data/demo')),
    rate: numberOf('DEMO_RATE', 1, (value) => value > 0 && value <= 100, 'a number above 0, at most 100'),
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return env
}
