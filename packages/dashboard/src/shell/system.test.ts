import { describe, expect, it } from 'vitest'
import { serviceOf as service } from '../../test/support/service.ts'
import { sandboxedChannels } from './system.ts'

const real = { sandbox: false, adapter: 'email.smtp', channel: 'email', priority: 10 } as const

describe('channels on which nothing really leaves', () => {
  it('are those whose service in use is a sandbox', () => {
    expect(sandboxedChannels([service({ channel: 'feishu' }), service({})])).toEqual(['sms', 'feishu'])
  })

  it('are not those where a real service goes before the sandbox', () => {
    expect(sandboxedChannels([service({ channel: 'email' }), service(real)])).toEqual([])
  })

  it('are again those whose real service is switched off', () => {
    expect(sandboxedChannels([service({ channel: 'email' }), service({ ...real, enabled: false })])).toEqual(['email'])
  })
})
