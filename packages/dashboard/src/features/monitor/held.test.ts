import { describe, expect, it } from 'vitest'
import { heldSince, holdPath, holdsOf } from './held.ts'

const held = holdsOf({
  channels: [{ channel: 'sms', since: '2025-11-21T09:05:00.000+08:00', waiting: 7 }],
  queues: [{ queue: 'ai.process', since: '2025-11-21T01:00:00.000Z', waiting: 2 }],
})

describe('what is held', () => {
  it('is told since the first pause, whatever offset a time is written with', () => {
    expect(heldSince(held)).toBe('2025-11-21T01:00:00.000Z')
    expect(heldSince([...held, { kind: 'channel', name: 'email', since: null, waiting: 0 }])).toBeNull()
    expect(heldSince([])).toBeNull()
  })

  it('is paused and resumed where the API has it', () => {
    expect(held.map((hold) => holdPath(hold, 'resume'))).toEqual([
      '/api/queues/ai.process/resume',
      '/api/channels/sms/resume',
    ])
  })
})
