import { describe, expect, it } from 'vitest'
import { compileMjml } from './mjml.ts'

const mail = (inner: string) =>
  `<mjml><mj-body><mj-section><mj-column>\n${inner}\n</mj-column></mj-section></mj-body></mjml>`

describe('MJML', () => {
  it('becomes HTML that keeps its placeholders, in text and in addresses', async () => {
    const { html, problems } = await compileMjml(
      mail('<mj-text>Hi {{name}}</mj-text><mj-button href="https://x.example/{{id}}">Open</mj-button>'),
    )
    expect(problems).toEqual([])
    expect(html).toContain('Hi {{name}}')
    expect(html).toContain('href="https://x.example/{{id}}"')
  })

  it('tells what is wrong with the line', async () => {
    const { problems } = await compileMjml(mail('<mj-text foo="1">x</mj-text>\n<mj-nothing/>'))
    expect(problems).toMatchObject([{ line: 2 }, { line: 3 }])
    expect((await compileMjml('no mjml')).problems).toHaveLength(1)
  })

  it('reads no file and fetches nothing', async () => {
    const { html } = await compileMjml(mail('<mj-include path="/etc/passwd" /><mj-text>x</mj-text>'))
    expect(html).not.toContain('root:')
    expect(html).not.toContain('fonts.googleapis.com')
  })
})
