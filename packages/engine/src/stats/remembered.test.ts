import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { remembered } from './remembered.ts'

function open() {
  const clock = new ManualClock()
  const loads: string[] = []
  const answers: ((value: string) => void)[] = []
  let fails = false
  const ask = remembered(clock, { freshMs: 10, usableMs: 100 }, (key: string) => {
    loads.push(key)
    if (fails) return Promise.reject(new Error('the store is closed'))
    return new Promise<string>((resolve) => answers.push(resolve))
  })
  return { clock, loads, ask, answer: (value: string) => answers.shift()?.(value), fail: () => (fails = true) }
}

describe('a remembered answer', () => {
  it('is looked for once, however many ask, and told again while it is fresh', async () => {
    const { clock, loads, ask, answer } = open()
    const both = Promise.all([ask('a'), ask('a')])
    answer('first')
    expect(await both).toEqual(['first', 'first'])
    clock.advance(9)
    expect([await ask('a'), loads]).toEqual(['first', ['a']])
  })

  it('is told while it is looked for anew, and no longer once it is too old', async () => {
    const { clock, loads, ask, answer } = open()
    const first = ask('a')
    answer('first')
    await first
    clock.advance(10)
    expect(await ask('a')).toBe('first')
    answer('second')
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect([await ask('a'), loads]).toEqual(['second', ['a', 'a']])
    clock.advance(100)
    const third = ask('a')
    answer('third')
    expect(await third).toBe('third')
  })

  it('survives that it cannot be found anew, and tells that to who has to wait', async () => {
    const { clock, ask, answer, fail } = open()
    const first = ask('a')
    answer('first')
    await first
    fail()
    clock.advance(50)
    expect(await ask('a')).toBe('first')
    clock.advance(50)
    await expect(ask('a')).rejects.toThrow('the store is closed')
    clock.advance(-100)
    await expect(ask('b')).rejects.toThrow('the store is closed')
  })
})
