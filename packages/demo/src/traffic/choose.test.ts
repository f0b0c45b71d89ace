import { checkRecipient } from '@signalbox/channels'
import { CHANNELS, createTemplateSchema, sendBatchRequestSchema, sendRequestSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { dice } from '../dice.ts'
import { DEMO_TEMPLATES } from '../templates.ts'
import { createChooser, type Stored } from './choose.ts'

const stored: Stored[] = DEMO_TEMPLATES.map((template, at) => ({ ...template, id: at + 1 }))
const templateOf = (id: number) => stored[id - 1]!
const chooser = (seed = 1) => createChooser(stored, dice(seed))
const many = <T>(count: number, make: () => T) => Array.from({ length: count }, make)

/** The names between {{ and }}. */
function placeholders({ template: { subject = '', content } }: Stored): string[] {
  const names = [...`${subject} ${content}`.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '')
  return [...new Set(names)].sort()
}

describe('the demo’s templates', () => {
  it.each(stored.map((template) => [template.template.name, template] as const))(
    '%s is valid and filled in',
    (_name, one) => {
      expect(createTemplateSchema.safeParse(one.template).error).toBeUndefined()
      expect(Object.keys(one.variables(dice(1))).sort()).toEqual(placeholders(one))
    },
  )

  it('have names of their own within a channel', () => {
    const names = stored.map(({ template }) => `${template.channel} ${template.name}`)
    expect(new Set(names).size).toBe(names.length)
  })

  it('end every promotion over text message with the way out', () => {
    const promotions = stored.filter(({ occasion, template }) => occasion === 'promotion' && template.channel === 'sms')
    expect(promotions.every(({ template }) => template.content.endsWith('拒收请回复R'))).toBe(true)
    const notices = stored.filter(({ occasion }) => occasion !== 'promotion')
    expect(notices.some(({ template }) => template.content.includes('拒收'))).toBe(false)
  })
})

describe('what the demo sends', () => {
  it('is valid, to a recipient that the channel knows', () => {
    const { single } = chooser()
    for (const body of many(500, single)) {
      expect(sendRequestSchema.safeParse(body).error).toBeUndefined()
      const { channel } = templateOf(body!.template_id).template
      expect(checkRecipient(channel, body!.recipient)).toMatchObject({ ok: true })
    }
  })

  it('goes over all five channels, text messages most', () => {
    const { single } = chooser()
    const counts = Object.fromEntries(CHANNELS.map((channel) => [channel, 0]))
    for (const body of many(2000, single)) counts[templateOf(body!.template_id).template.channel]! += 1
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(80)
    expect(Math.max(...Object.values(counts))).toBe(counts['sms'])
  })

  it('leaves later in a few cases', () => {
    const { single } = chooser()
    const delays = many(2000, single).flatMap((body) => body?.delay_ms ?? [])
    expect(delays.length).toBeGreaterThan(20)
    expect(delays.length).toBeLessThan(120)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10_000)
  })

  it('never uses an idempotency key twice', () => {
    const { single } = chooser()
    const keys = many(5000, single).map((body) => body?.idempotency_key)
    expect(new Set(keys).size).toBe(5000)
  })

  it('is a promotion to 200-800 people at low priority, scaled within what a batch may hold', () => {
    const { promotion } = chooser()
    for (const body of many(20, () => promotion(1))) {
      expect(sendBatchRequestSchema.safeParse(body).error).toBeUndefined()
      expect(body!.recipients.length).toBeGreaterThanOrEqual(200)
      expect(body!.recipients.length).toBeLessThanOrEqual(800)
      expect(body!.priority).toBe(2)
    }
    expect(promotion(100)?.recipients).toHaveLength(10_000)
    expect(promotion(0.0001)?.recipients).toHaveLength(1)
  })

  it('is, of an incident, the same news at priority 10 to the group and to the one on call', () => {
    const bodies = chooser().incident()
    expect(bodies.map(({ template_id }) => templateOf(template_id).template.channel).sort()).toEqual(['feishu', 'sms'])
    expect(bodies.every(({ priority }) => priority === 10)).toBe(true)
    expect(bodies[0]!.variables).toEqual(bodies[1]!.variables)
  })

  it('is nothing where all templates of a kind were archived', () => {
    const none = createChooser([], dice(1))
    expect([none.single(), none.promotion(1), none.incident()]).toEqual([null, null, []])
    const onlySms = createChooser(
      stored.filter(({ template }) => template.channel === 'sms'),
      dice(1),
    )
    expect(templateOf(onlySms.single()!.template_id).template.channel).toBe('sms')
  })
})
