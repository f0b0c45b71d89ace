import type { AdapterContext, AnyAdapter } from './adapter.ts'
import { withoutSecrets } from './http/redact.ts'

/**
 * The same adapter, whose outcomes, receipts, log lines and errors never hold a secret of its service, whoever repeats it. An
 * adapter hides what it derives from them (signatures, access tokens) itself.
 */
export function guarded(adapter: AnyAdapter): AnyAdapter {
  const fields = Object.entries(adapter.form?.schema.properties ?? {}).flatMap(([field, { secret }]) =>
    secret ? [field] : [],
  )
  if (fields.length === 0) return adapter

  async function run<T>(ctx: AdapterContext, call: (ctx: AdapterContext) => Promise<T> | undefined): Promise<T> {
    const secrets = secretsOf(ctx)
    const hide = <V>(value: V): V => hidden(value, secrets)
    const log: AdapterContext['log'] = {
      info: (about, message) => ctx.log.info(hide(about), hide(message)),
      warn: (about, message) => ctx.log.warn(hide(about), hide(message)),
    }
    try {
      return hide(await (call({ ...ctx, log, receipt: (event) => ctx.receipt(hide(event)) }) as Promise<T>))
    } catch (error) {
      throw hiddenError(error, secrets)
    }
  }

  const { parseReceipt, reconcile, collect } = adapter
  return {
    ...adapter,
    send: (delivery, cfg, ctx) => run(ctx, (own) => adapter.send(delivery, cfg, own)),
    ...(parseReceipt && {
      parseReceipt: (request, cfg, ctx) => run(ctx, (own) => adapter.parseReceipt?.(request, cfg, own)),
    }),
    ...(reconcile && { reconcile: (attempt, cfg, ctx) => run(ctx, (own) => adapter.reconcile?.(attempt, cfg, own)) }),
    ...(collect && {
      collect: (cfg, ctx, take) =>
        run(ctx, (own) => adapter.collect?.(cfg, own, (receipts) => take(hidden(receipts, secretsOf(ctx))))),
    }),
  }

  function secretsOf(ctx: AdapterContext): string[] {
    return fields.flatMap((field) => ctx.secret(field) ?? [])
  }
}

/** Plain data: what adapters answer and log. Anything else is given as it is. */
function hidden<V>(value: V, secrets: readonly string[]): V {
  const hide = (each: unknown): unknown => {
    if (typeof each === 'string') return withoutSecrets(each, secrets)
    if (each instanceof Error) return hiddenError(each, secrets)
    if (Array.isArray(each)) return each.map(hide)
    if (typeof each !== 'object' || each === null || Object.getPrototypeOf(each) !== Object.prototype) return each
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, hide(inner)]))
  }
  return hide(value) as V
}

/** Without its cause and its stack: they repeat what its message says. */
function hiddenError(error: unknown, secrets: readonly string[]): unknown {
  const told = error instanceof Error ? error.message : String(error)
  const message = withoutSecrets(told, secrets)
  return message === told ? error : new Error(message)
}
