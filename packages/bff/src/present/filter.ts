import type { MessageFilter } from '@signalbox/contracts'
import type { BulkFilter, Engine } from '@signalbox/engine'

/** A filter as the engine takes it. The recipient is looked for under the spelling that sending gave it. */
export async function readFilter(filter: MessageFilter, engine: Pick<Engine, 'spelling'>): Promise<BulkFilter> {
  const { template_id: templateId, task_id: taskId, service_id: serviceId, recipient, from, to, ...rest } = filter
  return {
    ...rest,
    ...{ templateId, taskId, serviceId },
    recipient: recipient === undefined ? undefined : await engine.spelling(recipient),
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  }
}
