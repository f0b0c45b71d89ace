/** A map that holds at most `capacity` entries and forgets the one that was not used for longest. */
export class Lru<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #capacity: number
  /** Used last: it need not be moved again. */
  #newest: K | undefined

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined && key !== this.#newest) this.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    // A Map keeps the order of insertion: the first key is the one used least recently.
    this.#entries.delete(key)
    this.#entries.set(key, value)
    this.#newest = key
    if (this.#entries.size <= this.#capacity) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  deleteWhere(fits: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) if (fits(value)) this.#entries.delete(key)
  }
}
