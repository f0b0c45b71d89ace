import { describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { systemClock } from '../clock.ts'
import { TaskTimeoutError } from '../workers/threads.ts'
import { compileMjml } from './mjml.ts'
import { compileIn, htmlOfMjml, openMjmlThreads } from './mjml-threads.ts'

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

  it('is refused when it becomes more than could be sent, or nests deeper than mjml goes', async () => {
    const wide = mail('<mj-text>x</mj-text>'.repeat(3_000))
    expect((await compileMjml(wide)).problems.at(-1)?.message).toMatch(
      /expected HTML of at most 500000 characters, got \d+/,
    )
    const deep = mail('<mj-wrapper>'.repeat(3_000))
    expect((await compileMjml(deep)).problems).toHaveLength(1)
  })

  it('tells the first problems of many, each in a few words', async () => {
    const wrong = `<mj-text ${Array.from({ length: 400 }, (_, i) => `a${i}="1"`).join(' ')}>x</mj-text>`
    const { problems } = await compileMjml(mail(wrong.repeat(30)))
    expect(problems).toHaveLength(20)
    expect(Math.max(...problems.map(({ message }) => message.length))).toBeLessThan(310)
  })
})

describe('MJML in its thread', () => {
  it('is compiled as beside it', async () => {
    const threads = openMjmlThreads(systemClock)
    onTestFinished(() => threads.close())
    const source = mail('<mj-text>Hi {{name}}</mj-text>')
    expect(await compileIn(threads, source)).toEqual(await compileMjml(source))
  })

  it('that takes too long is a problem of the text, and refused when it is published', async () => {
    const late = { run: () => Promise.reject(new TaskTimeoutError('late')) }
    expect(await compileIn(late, 'x')).toMatchObject({ html: '', problems: [{ line: null }] })
    await expect(htmlOfMjml(late, 'x')).rejects.toMatchObject({ reason: 'invalid' })
    await expect(htmlOfMjml(late, 'x')).rejects.toThrow('within 10000 ms')
  })

  it('leaves the main thread free, also with a source that takes mjml long', async () => {
    const clock = new ManualClock()
    const threads = openMjmlThreads(clock)
    onTestFinished(() => threads.close())
    await threads.run(mail('<mj-text>warm</mj-text>'))
    const heavy = mail(`<mj-text ${Array.from({ length: 8_000 }, (_, i) => `a${i}="1"`).join(' ')}>x</mj-text>`)
    const compiled = compileIn(threads, heavy)
    // A turn of the event loop comes at once, and the deadline by the clock.
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(10_000)
    expect((await compiled).problems).toMatchObject([{ message: expect.stringContaining('takes longer') }])
    expect(await threads.run(mail('<mj-text>next</mj-text>'))).toMatchObject({ problems: [] })
  })
})
