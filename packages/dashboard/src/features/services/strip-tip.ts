/** One tip for all strips of a page: what happened in the hour under the pointer. */
import { inject, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import type { Cell } from './strip.ts'

export interface Tip {
  cell: Cell
  /** Where on the screen, px: the middle of the cell, and its upper edge. */
  x: number
  y: number
}

const KEY: InjectionKey<ShallowRef<Tip | null>> = Symbol('strip tip')

export function provideStripTip(): ShallowRef<Tip | null> {
  const tip = shallowRef<Tip | null>(null)
  provide(KEY, tip)
  return tip
}

export const useStripTip = (): ShallowRef<Tip | null> => inject(KEY, () => shallowRef<Tip | null>(null), true)
