import { describe, expect, it } from 'vitest'
import type { Fence } from '../../src/lock/lock.ts'
import type { ExperimentRecord, NewTemplate } from '../../src/templates/store.ts'
import { accepted, acceptWrite, newMessage, T0, useDriver, type OpenDriver, fenceOf } from './support.ts'

const HELLO: NewTemplate = {
  name: 'hello',
  channel: 'email',
  format: 'html',
  subject: 'Hello {{name}}',
  content: '<p>Hello {{name}}</p>',
  variables: ['name'],
  status: 'draft',
  purpose: 'notice',
}

const said = (note: string | null) => ({ note, author: 'ann', html: null })

export function exerciseTemplates(open: OpenDriver): void {
  describe('templates', () => {
    const driver = useDriver(open)

    it('are kept as they were given, a draft without a version', async () => {
      const template = await driver.store.templates.insert(HELLO, T0, null)
      const { id } = template
      expect(template).toEqual({ ...HELLO, id, version: 0, hasDraft: true, revision: 1, createdAt: T0, updatedAt: T0 })
      await driver.reopen()
      expect(await driver.store.templates.get(id)).toEqual(template)
      expect(await driver.store.templates.versions(id)).toEqual([])
      expect(await driver.store.templates.get(999)).toBeNull()
    })

    it('keep what they are for', async () => {
      const template = await driver.store.templates.insert({ ...HELLO, purpose: 'otp' }, T0, null)
      const { id } = template
      expect(await driver.store.templates.get(id)).toMatchObject({ purpose: 'otp' })
      await driver.store.templates.update({ ...template, purpose: 'marketing' }, template.revision, T0, null)
      expect(await driver.store.templates.get(id)).toMatchObject({ purpose: 'marketing' })
    })

    it('are listed newest first', async () => {
      const ids = [
        (await driver.store.templates.insert(HELLO, T0, null)).id,
        (await driver.store.templates.insert(HELLO, T0, null)).id,
      ]
      expect((await driver.store.templates.list()).slice(0, 2).map(({ id }) => id)).toEqual(ids.toReversed())
    })

    it('get a version and are in force when they are published, in one write', async () => {
      const template = await driver.store.templates.insert(HELLO, T0, said('first'))
      expect(template).toMatchObject({ version: 1, status: 'active', hasDraft: false })
      const { format, subject, content, variables } = HELLO
      const first = {
        templateId: template.id,
        version: 1,
        format,
        subject,
        content,
        variables,
        note: 'first',
        author: 'ann',
        html: null,
        createdAt: T0,
      }
      expect(await driver.store.templates.version(template.id, 1)).toEqual(first)
      const edited = { ...template, content: '<p>Hi {{name}}</p>', hasDraft: true }
      const second = await driver.store.templates.update(edited, template.revision, T0 + 1, said(null))
      expect(second).toMatchObject({ version: 2, hasDraft: false, content: '<p>Hi {{name}}</p>', updatedAt: T0 + 1 })
      expect(
        (await driver.store.templates.versions(template.id)).map(({ version, content }) => [version, content]),
      ).toEqual([
        [2, '<p>Hi {{name}}</p>'],
        [1, HELLO.content],
      ])
      expect(await driver.store.templates.version(template.id, 1)).toEqual(first)
      expect(await driver.store.templates.version(template.id, 3)).toBeNull()
    })

    it('are changed by one of several who edit the same revision', async () => {
      const template = await driver.store.templates.insert(HELLO, T0, null)
      const edits = ['a', 'b', 'c'].map((name) =>
        driver.store.templates.update({ ...template, name }, template.revision, T0 + 1, said(name)),
      )
      const results = await Promise.all(edits)
      expect(results.filter((result) => result !== null)).toHaveLength(1)
      expect(await driver.store.templates.get(template.id)).toMatchObject({ name: 'a', version: 1 })
      expect(await driver.store.templates.versions(template.id)).toHaveLength(1)
    })

    it('keep the text of a test apart from what is published, once while it is the same', async () => {
      const { id } = await driver.store.templates.insert(HELLO, T0, said(null))
      const { format, subject, content, variables } = HELLO
      const test = { templateId: id, format, subject, content, variables, author: 'ann', html: null }
      expect(await driver.store.templates.keepTest(test, T0 + 1)).toBe(-1)
      expect(await driver.store.templates.keepTest(test, T0 + 2)).toBe(-1)
      expect(await driver.store.templates.keepTest({ ...test, content: 'other' }, T0 + 3)).toBe(-2)
      await driver.reopen()
      expect(await driver.store.templates.version(id, -1)).toEqual({
        ...test,
        version: -1,
        note: null,
        createdAt: T0 + 1,
      })
      expect((await driver.store.templates.versions(id)).map(({ version }) => version)).toEqual([1])
      expect(await driver.store.templates.get(id)).toMatchObject({ version: 1 })
    })

    it('take an experiment with the version in force alone, one at a time, and none that has ended back', async () => {
      const template = await driver.store.templates.insert(HELLO, T0, said(null))
      const edited = { ...template, content: '<p>Hi {{name}}</p>' }
      await driver.store.templates.update(edited, template.revision, T0, said(null))
      const put = (changes: Partial<ExperimentRecord>, fence?: Fence) =>
        driver.store.templates.putExperiment(
          {
            ...{ templateId: template.id, versionA: 2, versionB: 1, shareB: 50, planned: 100, state: 'running' },
            ...{ startedAt: T0, startedBy: null, stoppedAt: null, stop: null },
            ...changes,
          },
          fence,
        )
      expect(await put({ versionA: 1, versionB: 2 })).toBe(false)
      expect(await put({})).toBe(true)
      expect(await put({ startedAt: T0 + 1 })).toBe(false)
      const stale = await fenceOf(driver.store.locks, 'experiments')
      const fence = await fenceOf(driver.store.locks, 'experiments')
      expect(await put({ shareB: 0 }, stale)).toBe(false)
      expect(await driver.store.templates.experiment(template.id)).toMatchObject({ shareB: 50 })
      expect(await put({ shareB: 0 }, fence)).toBe(true)
      expect(await put({ state: 'ended', stop: { kind: 'ended', by: 'ann' } })).toBe(true)
      expect(await put({ state: 'stopped' })).toBe(false)
      await driver.reopen()
      expect(await driver.store.templates.experiment(template.id)).toMatchObject({
        state: 'ended',
        stop: { kind: 'ended', by: 'ann' },
      })
      expect(await put({ startedAt: T0 + 1 })).toBe(true)
    })

    it('are removed with their versions, unless a message refers to them', async () => {
      const { id } = await driver.store.templates.insert(HELLO, T0, said(null))
      expect(await driver.store.templates.remove(id)).toBe('removed')
      expect(await driver.store.templates.remove(id)).toBe('not_found')
      expect(await driver.store.templates.versions(id)).toEqual([])
      const used = await driver.store.templates.insert(HELLO, T0, said(null))
      expect(used.id).not.toBe(id)
      await accepted(driver.store, { templateId: used.id })
      expect(await driver.store.templates.remove(used.id)).toBe('referenced')
      expect(await driver.store.templates.version(used.id, 1)).not.toBeNull()
    })

    it('stay when a message refers to them since the same turn', async () => {
      const { id } = await driver.store.templates.insert(HELLO, T0, said(null))
      const [, outcome] = await Promise.all([
        accepted(driver.store, { templateId: id }),
        driver.store.templates.remove(id),
      ])
      expect(outcome).toBe('referenced')
    })

    it('are not held by a message that was refused', async () => {
      const { id } = await driver.store.templates.insert(HELLO, T0, said(null))
      const message = newMessage({ templateId: id })
      await expect(driver.store.messages.accept(acceptWrite([message, message]))).rejects.toThrow(/./)
      await accepted(driver.store)
      expect(await driver.store.templates.remove(id)).toBe('removed')
    })

    it('are known to be referred to, also when the message was written beside a write that failed', async () => {
      const { id } = await driver.store.templates.insert(HELLO, T0, said(null))
      const good = newMessage({ templateId: id })
      const [kept, failed] = await Promise.allSettled(
        [[good], [newMessage(), good]].map((messages) => driver.store.messages.accept(acceptWrite(messages))),
      )
      expect([kept?.status, failed?.status]).toEqual(['fulfilled', 'rejected'])
      expect(await driver.store.templates.remove(id)).toBe('referenced')
    })
  })
}
