/** The demo's accounts. All are sandboxes but the SMTP one, which talks to the mail server in this process, and the inbox. */
import type { Channel } from '@signalbox/contracts'
import type { NewService } from '@signalbox/engine'

/** The name under which the SMTP account is found again: its port is another at every start. */
export const SMTP_SERVICE = 'Demo mail server'

export const SANDBOX_SERVICES: readonly NewService[] = [
  sandboxService('sms', '短信 A', {
    latency_ms: { median: 850, p95: 1900 },
    error_rate: 0.014,
    unknown_rate: 0.0004,
    rate_limit_rate: 0.002,
    receipt: { delivered_rate: 0.97, delay_ms: { median: 2600, p95: 9000 } },
    sign_name: '信号楼',
  }),
  sandboxService('sms', '短信 B', {
    latency_ms: { median: 780, p95: 2400 },
    error_rate: 0.02,
    unknown_rate: 0.0006,
    receipt: { delivered_rate: 0.95, delay_ms: { median: 3200, p95: 12_000 } },
    sign_name: '信号楼',
  }),
  sandboxService('wechat', '公众号', {
    latency_ms: { median: 300, p95: 800 },
    error_rate: 0.022,
    rate_limit_rate: 0.002,
    receipt: { delivered_rate: 0.99, delay_ms: { median: 900, p95: 3000 } },
  }),
  sandboxService('feishu', '飞书机器人', {
    latency_ms: { median: 200, p95: 520 },
    error_rate: 0.006,
    rate_limit_rate: 0.006,
    retry_after_ms: 2000,
  }),
  // Stands in when the inbox is switched off.
  sandboxService('app', 'In-app', {
    latency_ms: { median: 50, p95: 140 },
    error_rate: 0.008,
    receipt: { delivered_rate: 0.9, read_rate: 0.45, delay_ms: { median: 4000, p95: 25_000 } },
  }),
  // Stands in when the SMTP account is switched off.
  sandboxService('email', 'Mail sandbox', { latency_ms: { median: 420, p95: 1100 }, error_rate: 0.02 }),
]

/** To devices in this process, see `devices.ts`. */
export const INBOX_SERVICE: NewService = {
  name: 'Inbox 收件箱',
  channel: 'app',
  adapter: 'app.inbox',
  settings: { keep_messages: 1_000 },
  priority: 20,
  enabled: true,
}

export function smtpService(port: number): NewService {
  return {
    name: SMTP_SERVICE,
    channel: 'email',
    adapter: 'email.smtp',
    settings: {
      host: '127.0.0.1',
      port,
      ignore_tls: true,
      from: { name: '信号楼 Signalbox', address: 'hello@signalbox.example' },
    },
    priority: 20,
    enabled: true,
  }
}

function sandboxService(channel: Channel, name: string, settings: Record<string, unknown>): NewService {
  return { name, channel, adapter: 'sandbox', settings, priority: 10, enabled: true }
}
