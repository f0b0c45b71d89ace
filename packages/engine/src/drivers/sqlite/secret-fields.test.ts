import { adapters } from '@signalbox/channels'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { createEngine } from '../../engine.ts'
import { embedded } from '../embedded.ts'
import { openDatabase, type Db } from './database.ts'
import { MIGRATIONS } from './schema.ts'
import { renameSecretFields } from './secret-fields.ts'

const T0 = Date.UTC(2026, 0, 15, 8)
const SID = `AC${'0'.repeat(32)}`
const WX = `wx${'0'.repeat(16)}`

/** Settings as they were written before, and as they are read since. What stands in neither list is as it was. */
const KEPT = { from: { address: 'news@example.com' }, host: 'smtp.example.com' }
const SERVICES: [adapter: string, channel: string, before: object, after: object][] = [
  [
    'email.smtp',
    'email',
    { ...KEPT, user: 'box', password_env: 'SECRET_A' },
    { ...KEPT, user: 'box', password: { env: 'SECRET_A' } },
  ],
  ['email.smtp', 'email', KEPT, KEPT],
  [
    ...(['sms.aliyun', 'sms'] as const),
    { access_key_id: 'LTAI', access_key_secret_env: 'SECRET_A', sign_name: '信号楼', receipt_token_env: 'SECRET_B' },
    {
      ...{ access_key_id: 'LTAI', access_key_secret: { env: 'SECRET_A' }, sign_name: '信号楼' },
      receipt_token: { env: 'SECRET_B' },
    },
  ],
  [
    ...(['sms.tencent', 'sms'] as const),
    { secret_id: 'AKID', secret_key_env: 'SECRET_A', sdk_app_id: '1400006666', sign_name: '信号楼' },
    { secret_id: 'AKID', secret_key: { env: 'SECRET_A' }, sdk_app_id: '1400006666', sign_name: '信号楼' },
  ],
  [
    ...(['sms.twilio', 'sms'] as const),
    { account_sid: SID, auth_token_env: 'SECRET_A', from: '+15005550006' },
    { account_sid: SID, auth_token: { env: 'SECRET_A' }, from: '+15005550006' },
  ],
  [
    'feishu.bot',
    'feishu',
    { hook_env: 'SECRET_A', secret_env: 'SECRET_B' },
    { hook: { env: 'SECRET_A' }, secret: { env: 'SECRET_B' } },
  ],
  [
    ...(['dingtalk.bot', 'feishu'] as const),
    { token_env: 'SECRET_A', secret_env: 'SECRET_B', group_id: 'ops' },
    { token: { env: 'SECRET_A' }, secret: { env: 'SECRET_B' }, group_id: 'ops' },
  ],
  ['wecom.bot', 'feishu', { key_env: 'SECRET_A', group_id: 'ops' }, { key: { env: 'SECRET_A' }, group_id: 'ops' }],
  [
    ...(['wechat.official', 'wechat'] as const),
    { appid: WX, secret_env: 'SECRET_A', callback_token_env: 'SECRET_B', callback_aes_key_env: 'SECRET_C' },
    {
      ...{ appid: WX, secret: { env: 'SECRET_A' } },
      ...{ callback_token: { env: 'SECRET_B' }, callback_aes_key: { env: 'SECRET_C' } },
    },
  ],
  [
    ...(['app.webpush', 'app'] as const),
    { public_key: `B${'a'.repeat(86)}`, private_key_env: 'SECRET_A', subject: 'mailto:ops@example.com' },
    { public_key: `B${'a'.repeat(86)}`, private_key: { env: 'SECRET_A' }, subject: 'mailto:ops@example.com' },
  ],
  [
    ...(['webhook', 'app'] as const),
    { url: 'https://example.com/', secret_envs: ['SECRET_A', 'SECRET_B', 'SECRET_C'] },
    {
      url: 'https://example.com/',
      ...{ secret: { env: 'SECRET_A' }, previous_secret: { env: 'SECRET_B' }, older_secret: { env: 'SECRET_C' } },
    },
  ],
  ['sandbox', 'sms', { error_rate: 0.1 }, { error_rate: 0.1 }],
  ['an.embedders', 'sms', { target_env: 'staging' }, { target_env: 'staging' }],
]

function folderBefore(): string {
  const folder = temporaryFolder()
  const db: Db = openDatabase(folder, 'write')
  const before = MIGRATIONS.indexOf(renameSecretFields)
  for (const migration of MIGRATIONS.slice(0, before)) {
    if (typeof migration === 'string') db.exec(migration)
    else migration(db)
  }
  db.pragma(`user_version = ${before}`)
  const insert = db.prepare(
    `INSERT INTO services (name, channel, adapter, settings, priority, enabled, created_at, updated_at)
     VALUES (?, ?, ?, ?, 10, 1, ?, ?)`,
  )
  for (const [at, [adapter, channel, settings]] of SERVICES.entries()) {
    insert.run(`service ${at}`, channel, adapter, JSON.stringify(settings), T0, T0)
  }
  db.close()
  return folder
}

describe('a data folder whose services name their secrets by fields that end in _env', () => {
  it('has them as fields of their own, which their adapters take', async () => {
    const engine = await createEngine({ driver: embedded({ folder: folderBefore() }), adapters: adapters() })
    try {
      const services = engine.services.list()
      expect(services.map(({ settings }) => settings)).toEqual(SERVICES.map(([, , , after]) => after))
      for (const { adapter: key, settings } of services) {
        const adapter = engine.adapters.find((each) => each.key === key)
        expect(adapter?.settings(settings) ?? { ok: true }).toMatchObject({ ok: true })
      }
    } finally {
      await engine.stop()
    }
  })
})
