import type { Bench } from './engine.ts'

/** Resolves when its waiting is explained so. */
export async function waitsFor(
  { engine }: Pick<Bench, 'engine'>,
  id: number,
  reason: string,
): Promise<{ until: number | null; detail: string; holds: string }> {
  for (;;) {
    const explanation = await engine.explain(id)
    const why = explanation?.reasons.find((each) => each.reason === reason)
    if (why) return { until: why.until, detail: why.detail, holds: why.holds }
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** Lets happen what is due now, and no time pass. */
export async function untilNow({ clock }: Pick<Bench, 'clock'>, holds: () => boolean): Promise<void> {
  while (!holds()) {
    clock.advance(0)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** What another process does by itself, some time. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => setImmediate(resolve))
}

export async function accept(
  { engine, templateId }: Pick<Bench, 'engine' | 'templateId'>,
  count = 1,
  recipient: (i: number) => string = (i) => `r${i}`,
): Promise<number[]> {
  const ids: number[] = []
  for (let i = 0; i < count; i++) {
    ids.push((await engine.messages.accept({ templateId, recipient: recipient(i), variables: { name: 'x' } })).id)
  }
  return ids
}
