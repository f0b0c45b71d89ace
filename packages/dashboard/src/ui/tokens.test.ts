// @vitest-environment node
import { CHANNELS } from '@signalbox/contracts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const SOURCE = join(import.meta.dirname, '..')
const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

/** The colours of a theme, as RGB from 0 to 1. */
function themeOf(name: 'dark' | 'light'): Record<string, number[]> {
  const block = new RegExp(String.raw`:root\.${name} \{([^}]*)\}`).exec(css)?.[1] ?? ''
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): #([0-9a-f]{6});/g)].map(([, token = '', hex = '']) => [
      token,
      [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255),
    ]),
  )
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
/** WCAG 2.2, relative luminance and contrast ratio. */
const luminance = ([r = 0, g = 0, b = 0]: number[]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
function contrast(a: number[], b: number[]): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

/** Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB. */
const SIGHTS = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
}
function seenWith(matrix: number[], colour: number[]): number[] {
  const rgb = colour.map(linear)
  return [0, 3, 6].map((row) => rgb.reduce((sum, value, i) => sum + (matrix[row + i] ?? 0) * value, 0))
}

/** CIE 1976 difference in L*a*b* of linear RGB. */
function difference(a: number[], b: number[]): number {
  const lab = ([r = 0, g = 0, b = 0]: number[]) => {
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
    const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047)
    const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
    const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
  }
  const other = lab(b)
  return Math.hypot(...lab(a).map((value, i) => value - (other[i] ?? 0)))
}

const TEXTS = ['text', 'muted', 'accent', 'ok', 'moving', 'waiting', 'warn', 'fail', 'unknown']

describe.each(['dark', 'light'] as const)('the %s theme', (name) => {
  const theme = themeOf(name)
  const colour = (token: string) => theme[token] ?? []

  it.each(['ground', 'panel', 'raised'])('has 4.5:1 for every text on its %s', (ground) => {
    const weak = TEXTS.filter((token) => contrast(colour(token), colour(ground)) < 4.5)
    expect(weak).toEqual([])
  })

  it('has 3:1 for every channel and outline on its panel', () => {
    const weak = [...CHANNELS.map((channel) => `channel-${channel}`), 'outline'].filter(
      (token) => contrast(colour(token), colour('panel')) < 3,
    )
    expect(weak).toEqual([])
  })

  it.each(Object.entries(SIGHTS))('keeps channels, and good from bad, apart for %s', (_sight, matrix) => {
    const pairs = CHANNELS.flatMap((a, i) => CHANNELS.slice(i + 1).map((b) => [`channel-${a}`, `channel-${b}`]))
    const alike = [...pairs, ['ok', 'fail']].filter(
      ([a = '', b = '']) => difference(seenWith(matrix, colour(a)), seenWith(matrix, colour(b))) < 12,
    )
    expect(alike).toEqual([])
  })
})

/** A mail is on white paper whatever the theme: that is what its reader will see. */
const PAPERS = ['features/templates/preview/EmailPreview.vue', 'features/sandbox/MailCard.vue']

it('no screen has a colour of its own', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vue|css)$/.test(file))
  const own = files
    .filter((file) => !file.endsWith('tokens.css') && !PAPERS.includes(file))
    .filter((file) =>
      /#[0-9a-f]{3,8}\b(?=[;\s,)])|\b(rgb|hsl)a?\(/i.test(styleOf(readFileSync(join(SOURCE, file), 'utf8'))),
    )
  expect(own).toEqual([])
})

function styleOf(text: string): string {
  return text.startsWith('<') ? (/<style[\s\S]*/.exec(text)?.[0] ?? '') : text
}
