import type { ExperimentStop } from '@signalbox/contracts'

type Words = [key: string, values: Record<string, string | number>]

/** Why an experiment stopped, as a key of the locale and what stands in it. */
export function stopWords(stop: ExperimentStop): Words {
  const key = (kind: string) => `templates.experiment.stop.${kind}`
  switch (stop.kind) {
    case 'failing': {
      const { bad, good } = stop
      const figures = { n: bad.version, rate: percent(bad), ended: bad.ended }
      return [key('failing'), { ...figures, other: good.version, otherRate: percent(good), otherEnded: good.ended }]
    }
    case 'promoted':
    case 'published':
      return [key(stop.by ? `${stop.kind}By` : stop.kind), { n: stop.version, by: stop.by ?? '' }]
    case 'ended':
      return [key(stop.by ? 'endedBy' : 'ended'), { by: stop.by ?? '' }]
    case 'archived':
      return [key('archived'), {}]
  }
}

function percent({ failed, ended }: { failed: number; ended: number }): string {
  return ended === 0 ? '0 %' : `${((100 * failed) / ended).toFixed(1)} %`
}
