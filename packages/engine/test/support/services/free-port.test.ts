import { expect, it } from 'vitest'
import { freePort } from './free-port.ts'

it('is given to nobody else, also while nobody listens there', async () => {
  // Whoever asks takes the same numbers in the same order.
  const asks = () => {
    let i = 0
    return () => (i++ % 100) / 100
  }
  const ports = [await freePort(asks()), await freePort(asks()), await freePort(asks())]
  expect(new Set(ports).size).toBe(3)
})
