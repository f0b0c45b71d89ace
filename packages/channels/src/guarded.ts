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
    const log: AdapterContext['log'] = {
      info: (about, message) => ctx.log.info(hiddenIn(about, secrets), withoutSecrets(message, secrets)),
      warn: (about, message) => ctx.log.warn(hiddenIn(about, secrets), withoutSecrets(message, secrets)),
    }
    const receipt: AdapterContext['receipt'] = (event) => ctx.receipt(hiddenWords(event, secrets))
    try {
      return hiddenWords(await (call({ ...ctx, log, receipt }) as Promise<T>), secrets)
    } catch (error) {
      throw hiddenError(error, secrets)
    }
  }

  function secretsOf(ctx: AdapterContext): string[] {
    return fields.flatMap((field) => ctx.secret(field) ?? [])
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
        run(ctx, (own) => adapter.collect?.(cfg, own, (receipts) => take(hiddenWords(receipts, secretsOf(ctx))))),
    }),
  }
}

/** Of outcomes and receipts what others put in words. Their other texts are ours: a password may be `failed`. */
const WORDS = new Set(['code', 'detail', 'text'])
/** Ids are asked for again as they are, so only what cannot be in one by chance is taken out of them. */
const ID = 'providerId'
const SHORTEST_IN_ID = 16

function hiddenWords<V>(value: V, secrets: readonly string[]): V {
  const inIds = secrets.filter(({ length }) => length >= SHORTEST_IN_ID)
  return mapped(value, (text, key) => {
    if (WORDS.has(key)) return withoutSecrets(text, secrets)
    return key === ID ? withoutSecrets(text, inIds) : text
  })
}

function hiddenIn<V>(value: V, secrets: readonly string[]): V {
  return mapped(
    value,
    (text) => withoutSecrets(text, secrets),
    (error) => hiddenError(error, secrets),
  )
}

/** Plain data with every text in it replaced, by the name it stands under. Anything else is given as it is. */
function mapped<V>(value: V, text: (text: string, key: string) => string, error = (each: Error): unknown => each): V {
  const map = (each: unknown, key: string): unknown => {
    if (typeof each === 'string') return text(each, key)
    if (each instanceof Error) return error(each)
    if (Array.isArray(each)) return each.map((inner) => map(inner, key))
    if (typeof each !== 'object' || each === null || Object.getPrototypeOf(each) !== Object.prototype) return each
    return Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, map(inner, name)]))
  }
  return map(value, '') as V
}

/** Without its cause and its stack: they repeat what its message says. */
function hiddenError(error: unknown, secrets: readonly string[]): unknown {
  const told = error instanceof Error ? error.message : String(error)
  const message = withoutSecrets(told, secrets)
  return message === told ? error : new Error(message)
}
