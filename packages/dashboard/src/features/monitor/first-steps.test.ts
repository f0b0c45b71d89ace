import { createTemplateSchema, sendRequestSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { sendCommand, templateCommand } from './first-steps.ts'

/** The JSON after `-d`, as a POSIX shell would hand it to curl. */
function bodyOf(command: string): unknown {
  const quoted = command.slice(command.indexOf("-d '") + 4, -1)
  return JSON.parse(quoted.replaceAll(String.raw`'\''`, "'"))
}

describe('the lines of an empty system', () => {
  it('make a template that the contract accepts', () => {
    expect(createTemplateSchema.safeParse(bodyOf(templateCommand('http://127.0.0.1:8000'))).error).toBeUndefined()
  })

  it('send from a template with each of its variables filled in', () => {
    const body = bodyOf(sendCommand('http://127.0.0.1:8000', { id: 7, channel: 'email', variables: ['name', 'code'] }))
    expect(sendRequestSchema.parse(body)).toMatchObject({
      template_id: 7,
      recipient: 'someone@example.com',
      variables: { name: 'name', code: 'code' },
    })
  })

  it('survive a quote in what they carry', () => {
    const command = sendCommand('http://127.0.0.1:8000', { id: 1, channel: 'app', variables: ["it's"] })
    expect(bodyOf(command)).toMatchObject({ variables: { "it's": "it's" } })
  })
})
