import { serviceSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const MAIL = { host: 'smtp.example.com', from: { address: 'news@example.com' }, user: 'box' }

async function created(server: TestServer, password: unknown) {
  const settings = { ...MAIL, password }
  return server.post('/api/services', { name: 'Mail', channel: 'email', adapter: 'email.smtp', settings })
}

describe('secrets in settings of services', () => {
  it('are given and never given back, and stay when they are sent back as they were read', async () => {
    const server = await openServer()
    const { status, body } = await created(server, 'hunter2')
    expect(status).toBe(201)
    expect(serviceSchema.safeParse(body.data).error).toBeUndefined()
    expect(body.data.settings).toEqual({ ...MAIL, password: { stored: true } })
    const path = `/api/services/${body.data.id}`
    const put = (settings: object) => server.call(path, { method: 'PUT', body: { settings } })
    const kept = await put({ ...body.data.settings, host: 'mail.example.com' })
    expect(kept).toMatchObject({ status: 200, body: { data: { settings: { password: { stored: true } } } } })
    expect(await put({ ...MAIL, password: { env: 'SECRET_SMTP' } })).toMatchObject({ status: 200 })
    expect((await server.call(path)).body.data.settings.password).toEqual({ env: 'SECRET_SMTP' })
    const { status: refused, body: reply } = await put({ ...MAIL, password: { stored: true } })
    expect(refused).toBe(422)
    expect(reply.details.issues).toMatchObject([{ path: 'settings.password' }])
  })

  it.each([[{ stored: false }], [''], [7], [{ env: 'a b' }], [{ env: 'SECRET_A', stored: true }]])(
    'are refused as %j',
    async (password) => {
      const { status, body } = await created(await openServer(), password)
      expect(status).toBe(422)
      expect(body.details.issues?.[0]?.path).toMatch(/^settings\.password/)
    },
  )

  it('are taken by the name of a variable alone where there is no master key', async () => {
    const server = await openServer({ keys: null })
    const refused = await created(server, 'hunter2')
    expect(refused).toMatchObject({ status: 422, body: { details: { error: 'invalid' } } })
    expect(refused.text).not.toContain('hunter2')
    expect(await created(server, { env: 'SECRET_SMTP' })).toMatchObject({ status: 201 })
  })
})
