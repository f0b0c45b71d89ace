/** What a series of measurements tends to. Pure. */

/** Least squares: the change of `y` per unit of `x`. Of fewer than two points: NaN. */
export function slopeOf(points: readonly { x: number; y: number }[]): number {
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
  return points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread
}

/** The most moments that lie in any stretch of `withinMs`. */
export function mostWithin(moments: readonly number[], withinMs: number): number {
  const sorted = [...moments].sort((a, b) => a - b)
  let most = 0
  let first = 0
  sorted.forEach((at, last) => {
    while (at - (sorted[first] ?? at) >= withinMs) first += 1
    most = Math.max(most, last - first + 1)
  })
  return most
}
