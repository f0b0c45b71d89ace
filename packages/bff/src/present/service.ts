import type { SandboxMessage, Service } from '@signalbox/contracts'
import { traceIdOf, type KeptRecord, type ServiceRecord } from '@signalbox/engine'
import type { View } from './view.ts'

const SANDBOX_ADAPTER = 'sandbox'

export function presentService(record: ServiceRecord, { instant }: View): Service {
  const { id, name, channel, adapter, settings, priority, enabled } = record
  return {
    ...{ id, name, channel, adapter, settings, priority, enabled },
    sandbox: adapter === SANDBOX_ADAPTER,
    created_at: instant(record.createdAt),
    updated_at: instant(record.updatedAt),
  }
}

/** In full: the sandbox shows what the recipient would have seen, and nobody real is behind it. */
export function presentKept(record: KeptRecord, { instant, names }: View): SandboxMessage {
  const { channel, recipient, subject, text, html, fields } = record
  return {
    record_id: record.recordId || null,
    trace_id: record.recordId ? traceIdOf(record.recordId) : null,
    ...{ channel, recipient, subject, text, html },
    fields: fields && { ...fields },
    service: names.service(record.serviceId) ?? '',
    kept_at: instant(record.keptAt),
  }
}
