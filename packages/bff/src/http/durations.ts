/** How long calls took, as a Prometheus histogram: one is counted in a few look-ups, and text is made only when it is asked for. */

export interface Durations {
  observe(method: string, route: string, status: number, ms: number): void
  /** In the text format of Prometheus. */
  text(): string
}

/** Upper bounds, ms. */
const BOUNDS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]

interface Series {
  labels: string
  /** Calls per bound, each counted once; beyond the last one only `count` tells. */
  buckets: number[]
  sumMs: number
  count: number
}

/** @param name of the metric, which is in seconds. The values of labels are names of the route table and of HTTP. */
export function createDurations(name: string, help: string): Durations {
  const routes = new Map<string, Map<string, Map<number, Series>>>()
  const all: Series[] = []

  function seriesOf(method: string, route: string, status: number): Series {
    let methods = routes.get(route)
    if (!methods) routes.set(route, (methods = new Map()))
    let statuses = methods.get(method)
    if (!statuses) methods.set(method, (statuses = new Map()))
    let series = statuses.get(status)
    if (!series) {
      const labels = `method="${method}",route="${route}",status="${status}"`
      series = { labels, buckets: BOUNDS.map(() => 0), sumMs: 0, count: 0 }
      statuses.set(status, series)
      all.push(series)
    }
    return series
  }

  return {
    observe(method, route, status, ms) {
      const series = seriesOf(method, route, status)
      const { buckets } = series
      let at = 0
      while (at < BOUNDS.length && ms > (BOUNDS[at] as number)) at++
      if (at < BOUNDS.length) buckets[at] = (buckets[at] as number) + 1
      series.sumMs += ms
      series.count += 1
    },
    text: () => [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...all.flatMap(lines), ''].join('\n'),
  }

  function lines({ labels, buckets, sumMs, count }: Series): string[] {
    let upTo = 0
    return [
      ...BOUNDS.map((bound, i) => `${name}_bucket{le="${bound / 1000}",${labels}} ${(upTo += buckets[i] as number)}`),
      `${name}_bucket{le="+Inf",${labels}} ${count}`,
      `${name}_sum{${labels}} ${sumMs / 1000}`,
      `${name}_count{${labels}} ${count}`,
    ]
  }
}
