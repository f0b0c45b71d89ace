import { describe, expect, it } from 'vitest'
import { readFile } from './template-file.ts'

const template = { name: 'Code', channel: 'sms', format: 'text', subject: null, content: 'Code {{code}}' }
const file = (templates: unknown[]) => JSON.stringify({ format: 'signalbox.templates', version: 1, templates })

describe('readFile', () => {
  it('takes a file of templates', () => {
    expect(readFile(file([template])).templates).toEqual([template])
  })

  it.each([
    ['no JSON', /expected JSON, got "no JSON"/],
    ['[]', /file: /],
    [file([{ ...template, channel: 'fax' }]), /templates\.0\.channel/],
    [file([]), /templates/],
  ])('says where %s is none', (text, said) => {
    expect(() => readFile(text)).toThrow(said)
  })
})
