/**
 * Response times in buckets whose bounds grow by a constant factor, so that a quantile is right within 5 % from 1 ms to
 * 10 minutes, sums are exact to merge, and a minute of traffic takes a few dozen bytes.
 */
const GROWTH = 1.1
const LOG_GROWTH = Math.log(GROWTH)
/** Bucket 0 holds what is under 1 ms; the last one what is over 10 minutes. */
const LAST_BUCKET = Math.ceil(Math.log(600_000) / LOG_GROWTH) + 1
/** One bucket in the database; nine digits of base 36 stay exact in a number. */
const PAIR = /^([0-9a-z]{1,9}):([0-9a-z]{1,9})$/

export class Histogram {
  readonly #counts = new Map<number, number>()
  #count = 0

  get count(): number {
    return this.#count
  }

  record(ms: number, times = 1): void {
    this.#add(bucketOf(ms), times)
  }

  merge(other: Histogram): void {
    for (const [bucket, count] of other.#counts) this.#add(bucket, count)
  }

  /** The value under which the share `q` (0 to 1) of all lies, in ms; null when there is none. */
  quantile(q: number): number | null {
    if (this.#count === 0) return null
    const rank = Math.max(1, Math.ceil(q * this.#count))
    let seen = 0
    for (const bucket of [...this.#counts.keys()].sort((a, b) => a - b)) {
      seen += this.#counts.get(bucket) ?? 0
      if (seen >= rank) return middleOf(bucket)
    }
    return middleOf(LAST_BUCKET)
  }

  /** For a database column: `bucket:count` in base 36, joined by commas; empty for an empty histogram. */
  encode(): string {
    return [...this.#counts]
      .sort(([a], [b]) => a - b)
      .map(([bucket, count]) => `${bucket.toString(36)}:${count.toString(36)}`)
      .join(',')
  }

  /** Throws a RangeError on anything that `encode` does not write. */
  static decode(text: string): Histogram {
    const histogram = new Histogram()
    if (text === '') return histogram
    for (const pair of text.split(',')) {
      const [, bucket, count] = PAIR.exec(pair)?.map((digits) => Number.parseInt(digits, 36)) ?? []
      if (bucket === undefined || count === undefined || bucket > LAST_BUCKET || count < 1) {
        throw new RangeError(`expected a histogram as bucket:count pairs, got ${JSON.stringify(pair)}`)
      }
      histogram.#add(bucket, count)
    }
    return histogram
  }

  #add(bucket: number, times: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + times)
    this.#count += times
  }
}

function bucketOf(ms: number): number {
  if (!(ms >= 1)) return 0
  return Math.min(LAST_BUCKET, Math.floor(Math.log(ms) / LOG_GROWTH) + 1)
}

/** The geometric middle of a bucket, off by the same factor to both sides; four digits cost next to nothing of the 5 %. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0.5 : Number((GROWTH ** (bucket - 0.5)).toPrecision(4))
}
