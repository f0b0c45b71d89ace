/** A small line without axes, as SVG paths in a box of the given size. Gaps stay gaps. */

export interface SparklineBox {
  width: number
  height: number
  /** Room for the stroke. */
  inset: number
}

/** @param within the least the scale spans, so that a small wobble does not look like a cliff */
export function sparklinePath(
  values: readonly (number | null)[],
  box: SparklineBox,
  within: readonly [number, number] = [0, 0],
): string {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return ''
  const top = Math.max(...known, within[1])
  const bottom = Math.min(...known, within[0])
  const step = values.length > 1 ? box.width / (values.length - 1) : 0
  const scale = top === bottom ? 0 : (box.height - 2 * box.inset) / (top - bottom)

  let path = ''
  values.forEach((value, i) => {
    if (value === null) return
    const starts = (values[i - 1] ?? null) === null
    const x = round(i * step)
    path += `${starts ? 'M' : 'L'}${x} ${round(box.height - box.inset - (value - bottom) * scale)}`
    // A lone point is drawn as a dot: a round line of no length.
    if (starts && (values[i + 1] ?? null) === null) path += `h0`
  })
  return path
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
