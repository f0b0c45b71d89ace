/** What may happen to an engine while somebody plays with its clock. */
import fc from 'fast-check'

const HOUR = 3_600_000

export type Step =
  | { do: 'send'; count: number; delayMs: number; ttlMs: number | undefined }
  /** The last one again, with its key. */
  | { do: 'repeat' }
  | { do: 'step'; ms: number }
  | { do: 'freeze'; frozen: boolean }
  | { do: 'advance'; ms: number }
  | { do: 'restart' }

const steps = fc.constantFrom(HOUR, -HOUR, 25 * HOUR, -25 * HOUR)

export const sequences = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('send' as const),
        count: fc.integer({ min: 1, max: 6 }),
        delayMs: fc.constantFrom(0, 0, 0, 1_000, HOUR, 30 * HOUR),
        ttlMs: fc.constantFrom(undefined, undefined, undefined, 60_000, 2 * HOUR),
      }),
    },
    { weight: 2, arbitrary: fc.constant<Step>({ do: 'repeat' }) },
    { weight: 3, arbitrary: steps.map((ms): Step => ({ do: 'step', ms })) },
    { weight: 2, arbitrary: fc.boolean().map((frozen): Step => ({ do: 'freeze', frozen })) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: HOUR }).map((ms): Step => ({ do: 'advance', ms })) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'restart' }) },
  ),
  { minLength: 4, maxLength: 14 },
)
