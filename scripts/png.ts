/** PNG as far as screenshots need it: 8 bits of RGB or RGBA in, a palette out. Format: https://www.w3.org/TR/png-3/ */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

interface Picture {
  width: number
  height: number
  /** RGB, row by row. */
  pixels: Uint8Array
}

/** The same picture in at most so many colours; a picture that already has a palette comes back as it is. */
export function shrinkPng(png: Buffer, colours: number): Buffer {
  const picture = decode(png)
  return picture ? encode(picture, colours) : png
}

function decode(png: Buffer): Picture | null {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('expected a PNG, got something else')
  const data: Buffer[] = []
  let header: Buffer | undefined
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const body = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = body
    if (type === 'IDAT') data.push(body)
    at += 12 + length
  }
  if (!header) throw new Error('expected a PNG with a header, got none')
  const [width, height, depth, kind] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]]
  if (kind === 3) return null
  if (depth !== 8 || (kind !== 2 && kind !== 6))
    throw new Error(`expected 8 bits of RGB or RGBA, got ${depth} bits of kind ${kind}`)
  return { width, height, pixels: unfilter(inflateSync(Buffer.concat(data)), width, height, kind === 6 ? 4 : 3) }
}

/** Each row is told as a difference from its neighbours; its first byte says which. Gives RGB without alpha. */
function unfilter(raw: Buffer, width: number, height: number, bytes: 3 | 4): Uint8Array {
  const stride = width * bytes
  const pixels = new Uint8Array(width * height * 3)
  let above = new Uint8Array(stride)
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1)
    const filter = raw[start] ?? 0
    const row = new Uint8Array(raw.subarray(start + 1, start + 1 + stride))
    for (let i = 0; i < stride; i++) {
      const left = row[i - bytes] ?? 0
      const up = above[i] ?? 0
      row[i] = (row[i] ?? 0) + predict(filter, left, up, above[i - bytes] ?? 0)
    }
    for (let x = 0; x < width; x++) pixels.set(row.subarray(x * bytes, x * bytes + 3), (y * width + x) * 3)
    above = row
  }
  return pixels
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) return 0
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

function encode({ width, height, pixels }: Picture, colours: number): Buffer {
  const counts = new Map<number, number>()
  for (let i = 0; i < pixels.length; i += 3) {
    const colour = colourAt(pixels, i)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const palette = choose(counts, colours)
  const nearest = new Map<number, number>()
  const rows = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colourAt(pixels, (y * width + x) * 3)
      let index = nearest.get(colour)
      if (index === undefined) nearest.set(colour, (index = nearestOf(palette, colour)))
      rows[y * (width + 1) + 1 + x] = index
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', table),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The colours that stand farthest from those chosen before, weighed by how many pixels have them: large areas stay exact. */
function choose(counts: ReadonlyMap<number, number>, colours: number): number[] {
  const left = [...counts].map(([colour, count]) => ({ colour, weight: Math.sqrt(count), gap: Infinity }))
  const palette: number[] = []
  while (palette.length < colours) {
    let best: (typeof left)[number] | undefined
    for (const entry of left)
      if (entry.gap > 0 && (!best || entry.gap * entry.weight > best.gap * best.weight)) best = entry
    // All gaps are infinite at first: then the most frequent.
    if (palette.length === 0) best = left.reduce((most, entry) => (entry.weight > most.weight ? entry : most))
    if (!best) break
    palette.push(best.colour)
    for (const entry of left) entry.gap = Math.min(entry.gap, distance(entry.colour, best.colour))
  }
  return palette
}

function nearestOf(palette: readonly number[], colour: number): number {
  let best = 0
  palette.forEach((candidate, i) => {
    if (distance(candidate, colour) < distance(palette[best] ?? 0, colour)) best = i
  })
  return best
}

function distance(a: number, b: number): number {
  return ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2
}

function colourAt(pixels: Uint8Array, i: number): number {
  return ((pixels[i] ?? 0) << 16) | ((pixels[i + 1] ?? 0) << 8) | (pixels[i + 2] ?? 0)
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}
