import type { Driver } from '../driver.ts'

export interface EmbeddedOptions {
  /** Created when missing. One engine at a time may hold it. */
  folder: string
}

/** SQLite in one folder: everything in one process. */
export declare function embedded(options: EmbeddedOptions): Driver
