import { describe, expect, it } from 'vitest'
import { createRoom } from './room.ts'

function after(...seconds: number[]): number {
  const room = createRoom()
  for (const handedOut of seconds) {
    room.handedOut(handedOut)
    room.tick()
  }
  return room.cap
}

describe('the room of a node', () => {
  it('is a turn of its workers before anything was sent', () => expect(after()).toBe(512))

  it('is two seconds of work, and no more than is kept in memory', () => {
    expect(after(3_000)).toBe(6_000)
    expect(after(20_000)).toBe(16_384)
    expect(after(5)).toBe(512)
  })

  it('follows a faster pace at once and a slower one with patience', () => {
    expect(after(1_000, 4_000)).toBe(8_000)
    expect(after(5_000, 0)).toBe(8_000)
    expect(after(5_000, ...Array.from({ length: 20 }, () => 0))).toBe(512)
  })
})
