export interface Driver {
  readonly name: string
}
