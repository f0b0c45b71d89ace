import { describe, expect, it } from 'vitest'
import { createEvents, once } from './events.ts'

describe('events', () => {
  it('reach every listener of their name, and no other', () => {
    const events = createEvents()
    const heard: string[] = []
    events.on('template:changed', ({ id }) => heard.push(`a${id}`))
    events.on('template:changed', ({ id }) => heard.push(`b${id}`))
    events.on('service:changed', ({ id }) => heard.push(`c${id}`))
    events.emit('template:changed', { id: 1 })
    expect(heard).toEqual(['a1', 'b1'])
  })

  it('stop reaching a listener that was taken off, and are counted by name and in all', () => {
    const events = createEvents()
    const heard: number[] = []
    const off = events.on('template:changed', ({ id }) => heard.push(id))
    events.on('service:changed', () => undefined)
    expect([events.count('template:changed'), events.count('service:changed'), events.count()]).toEqual([1, 1, 2])
    off()
    off()
    events.emit('template:changed', { id: 1 })
    expect(heard).toEqual([])
    expect([events.count('template:changed'), events.count()]).toEqual([0, 1])
  })

  it('reach the other listeners when one of them fails, and the failure is an event of its own', () => {
    const events = createEvents()
    const failure = new Error('broken listener')
    const errors: unknown[] = []
    const heard: number[] = []
    events.on('engine:error', (error) => errors.push(error))
    events.on('template:changed', () => {
      throw failure
    })
    events.on('template:changed', ({ id }) => heard.push(id))
    events.emit('template:changed', { id: 1 })
    expect(heard).toEqual([1])
    expect(errors).toEqual([{ where: 'listener of template:changed', error: failure }])
  })

  it('reach a listener that is put on while they are given out only the next time', () => {
    const events = createEvents()
    const heard: number[] = []
    const off = events.on('template:changed', () => {
      off()
      events.on('template:changed', ({ id }) => heard.push(id))
    })
    events.emit('template:changed', { id: 1 })
    expect(heard).toEqual([])
    events.emit('template:changed', { id: 2 })
    expect(heard).toEqual([2])
  })
})

describe('once', () => {
  it('resolves with the next event that fits, and takes itself off', async () => {
    const events = createEvents()
    const second = once(events, 'template:changed', ({ id }) => id === 2)
    events.emit('template:changed', { id: 1 })
    expect(events.count()).toBe(1)
    events.emit('template:changed', { id: 2 })
    events.emit('template:changed', { id: 2 })
    expect(await second).toEqual({ id: 2 })
    expect(events.count()).toBe(0)
  })
})
