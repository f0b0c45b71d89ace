/** A filter of messages that operators keep. */
export interface StoredView {
  /** The name as it is compared: one view has it. */
  key: string
  name: string
  query: string
}

export type ViewPut = 'saved' | 'exists' | 'full'

export interface ViewStore {
  /** By key. */
  list(): Promise<StoredView[]>
  /**
   * One check and write. `exists`: the key is taken and was not to be replaced; `full`: it is not, and there are `atMost`
   * already. Then nothing was written.
   */
  put(view: StoredView, options: { replace: boolean; atMost: number }): Promise<ViewPut>
  /** What was removed; null when there was none. */
  remove(key: string): Promise<StoredView | null>
}
