/** Secrets were named in settings of services by fields that end in `_env`. Now each is a field of its own, which may name one. */
import type { Db } from './database.ts'

/** The adapters there were, with their secrets. */
const FIELDS: Record<string, readonly string[]> = {
  'email.smtp': ['password', 'receipt_token'],
  'sms.aliyun': ['access_key_secret', 'receipt_token'],
  'sms.tencent': ['secret_key', 'receipt_token'],
  'sms.twilio': ['auth_token', 'api_key_secret'],
  'feishu.bot': ['hook', 'secret'],
  'dingtalk.bot': ['token', 'secret'],
  'wecom.bot': ['key'],
  'wechat.official': ['secret', 'callback_token', 'callback_aes_key'],
  'app.webpush': ['private_key'],
}
/** In the order of the list that there was. */
const OF_WEBHOOK = ['secret', 'previous_secret', 'older_secret']

type Settings = Record<string, unknown>

export function renameSecretFields(db: Db): void {
  const services = db.prepare<[], { id: number; adapter: string; settings: string }>(
    'SELECT id, adapter, settings FROM services',
  )
  const write = db.prepare<[string, number]>('UPDATE services SET settings = ? WHERE id = ?')
  for (const { id, adapter, settings } of services.all()) {
    const before = JSON.parse(settings) as Settings
    const after = adapter === 'webhook' ? renamedList(before) : renamed(before, FIELDS[adapter] ?? [])
    write.run(JSON.stringify(after), id)
  }
}

function renamed(settings: Settings, fields: readonly string[]): Settings {
  const after = { ...settings }
  for (const field of fields) {
    const old = `${field}_env`
    if (typeof after[old] !== 'string') continue
    after[field] = { env: after[old] }
    delete after[old]
  }
  return after
}

function renamedList({ secret_envs: names, ...after }: Settings): Settings {
  if (!Array.isArray(names)) return names === undefined ? after : { ...after, secret_envs: names }
  const named = names.slice(0, OF_WEBHOOK.length).map((env: unknown, at) => [OF_WEBHOOK[at], { env }])
  return { ...after, ...(Object.fromEntries(named) as Settings) }
}
