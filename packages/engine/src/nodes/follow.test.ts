import { describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { StoreChange } from './changes.ts'
import { createFollowing, type ChangedIds, type Followers } from './follow.ts'

function open() {
  const clock = new ManualClock()
  const errors: unknown[] = []
  const following = createFollowing({ clock, onError: (_where, error) => void errors.push(error) })
  /** What was read, in order. */
  const read: [string, ChangedIds][] = []
  const reading = vi.fn<(kind: string) => Promise<void>>(async () => undefined)
  const by = (kind: string) => async (ids: ChangedIds) => {
    read.push([kind, ids])
    await reading(kind)
  }
  const cancelled: StoreChange[] = []
  const followers: Followers = {
    ...{ settings: by('settings'), templates: by('templates'), services: by('services'), views: by('views') },
    ...{ suppressions: by('suppressions'), bulk: by('bulk'), alerts: by('alerts') },
    cancelled: (change) => void cancelled.push(change),
  }
  return { clock, errors, following, followers, read, reading, cancelled }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const templates = (...ids: number[]): StoreChange => ({ kind: 'templates', ids })

describe('following what others write', () => {
  it('reads what is told within one turn once, by kind', async () => {
    const { following, followers, read } = open()
    following.follow(followers)
    for (const change of [templates(1), templates(2, 1), { kind: 'alerts' } as const]) following.told(change)
    await turn()
    expect(read).toEqual([
      ['templates', [1, 2]],
      ['alerts', null],
    ])
  })

  it('reads any of a kind when some could not be named', async () => {
    const { following, followers, read } = open()
    following.follow(followers)
    following.told(templates(1))
    following.told({ kind: 'templates', ids: null })
    following.told(templates(2))
    await turn()
    expect(read).toEqual([['templates', null]])
  })

  it('reads everything once when it was away, also what was told beside that', async () => {
    const { following, followers, read } = open()
    following.follow(followers)
    following.told(templates(1))
    following.told({ kind: 'all' })
    await turn()
    const kinds = ['settings', 'templates', 'services', 'views', 'suppressions', 'bulk', 'alerts']
    expect(new Map(read)).toEqual(new Map(kinds.map((kind) => [kind, null])))
    expect(read).toHaveLength(kinds.length)
  })

  it('never reads one kind twice at a time: what is told meanwhile is read after it, once, and other kinds need not wait', async () => {
    const { following, followers, read, reading } = open()
    let finish: () => void = () => undefined
    reading.mockImplementationOnce(() => new Promise((resolve) => (finish = resolve)))
    following.follow(followers)
    following.told(templates(1))
    await turn()
    for (const change of [templates(2), templates(3), { kind: 'views' } as const]) {
      following.told(change)
      await turn()
    }
    expect(read).toEqual([
      ['templates', [1]],
      ['views', null],
    ])
    finish()
    await vi.waitFor(() => expect(read.at(-1)).toEqual(['templates', [2, 3]]), 10_000)
    expect(read).toHaveLength(3)
  })

  it('keeps what is told before there is anybody to follow', async () => {
    const { following, followers, read, cancelled } = open()
    const gone: StoreChange = { kind: 'cancelled', node: 3, priority: 5, lane: 'sms/x', ids: [7] }
    following.told(templates(1))
    following.told(gone)
    await turn()
    following.follow(followers)
    await turn()
    expect([read, cancelled]).toEqual([[['templates', [1]]], [gone]])
  })

  it('reads again after a second what could not be read, with what was told meanwhile', async () => {
    const { clock, errors, following, followers, read, reading } = open()
    reading.mockRejectedValueOnce(new Error('no connection'))
    following.follow(followers)
    following.told(templates(1))
    await vi.waitFor(() => expect(errors).toHaveLength(1), 10_000)
    following.told(templates(2))
    await turn()
    expect(read).toHaveLength(1)
    clock.advance(1_000)
    await vi.waitFor(() => expect(read).toHaveLength(2), 10_000)
    expect(read[1]).toEqual(['templates', [2, 1]])
  })

  it('ends with what is being read, and then hears nothing more', async () => {
    const { following, followers, read, reading } = open()
    let finish: () => void = () => undefined
    reading.mockImplementationOnce(() => new Promise((resolve) => (finish = resolve)))
    following.follow(followers)
    following.told(templates(1))
    await turn()
    const closing = following.close()
    following.told(templates(2))
    finish()
    await closing
    await turn()
    expect(read).toEqual([['templates', [1]]])
  })

  it('ends also while it waits to read again', async () => {
    const { clock, errors, following, followers, reading } = open()
    reading.mockRejectedValue(new Error('no connection'))
    following.follow(followers)
    following.told(templates(1))
    await vi.waitFor(() => expect(errors).toHaveLength(1), 10_000)
    await following.close()
    expect(clock.pending).toBe(0)
  })
})
