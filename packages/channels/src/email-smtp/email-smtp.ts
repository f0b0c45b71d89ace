/**
 * `email.smtp`: mail to any SMTP server, one recipient and one connection per message.
 *
 * There is no connection pool: nodemailer's pool sends one message's commands on a connection that others have used
 * and repeats a message whose connection drops, and its log does not say whose body is being streamed. Which of "not
 * sent" and "perhaps sent" holds could then not be told.
 */
import nodemailer from 'nodemailer'
import type { AdapterContext, ChannelAdapter, Delivery, Outcome } from '../adapter.ts'
import { inTurn } from '../in-turn.ts'
import { checkRecipient } from '../recipient.ts'
import { formOf } from '../form.ts'
import { secretOf } from '../secrets.ts'
import { checkSettings } from '../settings.ts'
import { eachNewMail } from './bounces/maildir.ts'
import { bounceKey, parseBounce, receiptsOf } from './bounces/receipts.ts'
import { tagOf } from './bounces/tag.ts'
import { classify, codeOf, detailOf, isRefusal, type SmtpError } from './classify.ts'
import { mailOf, payloadOf, type SmtpPayload } from './mail.ts'
import { smtpSettingsSchema, type SmtpSettings } from './settings.ts'
import { createUnderWay } from './under-way.ts'

export type SmtpAdapter = ChannelAdapter<SmtpSettings, string, SmtpPayload>

export function smtp(): SmtpAdapter {
  const underWay = createUnderWay()
  /** Which service reads which mailbox. */
  const mailboxes = new Map<string, number>()
  return {
    key: 'email.smtp',
    channels: ['email'],
    form: formOf(smtpSettingsSchema),
    settings: (raw) => checkSettings(smtpSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: cfg.receipt_token === undefined ? 'none' : cfg.maildir === undefined ? 'push' : 'poll',
      lookup: false,
      limits: [],
      ttl: false,
    }),
    validateRecipient(raw, channel) {
      const checked = checkRecipient(channel, raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare: (content) => ({ ok: true, payload: payloadOf(content) }),
    send: (delivery, cfg, ctx) =>
      inTurn(delivery.to, (to) =>
        underWay.run(ctx.service.id, delivery.signal, delivery.deadline - ctx.now(), (signal) =>
          sendOne(to, delivery, cfg, ctx, signal),
        ),
      ),
    parseReceipt: parseBounce,
    async collect({ maildir: folder, ...cfg }, ctx, take) {
      if (folder === undefined) return
      // Without it every bounce would be a mail about nothing, and none of them would be read again.
      if (bounceKey(cfg, ctx) === undefined) throw new Error('expected a receipt_token of at least 24 characters')
      const reader = mailboxes.get(folder) ?? ctx.service.id
      // It would take the other's bounces for mails that are none of ours, and none of them would be read again.
      if (reader !== ctx.service.id)
        throw new Error(`expected a Maildir of its own, got ${folder} of service ${reader}`)
      mailboxes.set(folder, reader)
      await eachNewMail(folder, async (mail) => {
        const receipts = await receiptsOf(mail, cfg, ctx)
        if (receipts.length > 0) await take(receipts)
      })
    },
    async close(serviceId) {
      for (const [folder, reader] of mailboxes) if (reader === serviceId) mailboxes.delete(folder)
      await underWay.close(serviceId)
    },
  }
}

async function sendOne(
  to: string,
  delivery: Delivery<string, SmtpPayload>,
  cfg: SmtpSettings,
  ctx: AdapterContext,
  signal: AbortSignal,
): Promise<Outcome> {
  const password = cfg.password === undefined ? null : secretOf(ctx, 'password')
  if (password?.ok === false) return password.outcome

  const phase = watchPhase()
  const transport = nodemailer.createTransport({
    host: cfg.host,
    port: cfg.port,
    secure: cfg.secure,
    requireTLS: cfg.require_tls,
    ignoreTLS: cfg.ignore_tls,
    ...(cfg.user === undefined ? {} : { auth: { user: cfg.user, pass: password?.value ?? '' } }),
    connectionTimeout: cfg.connect_timeout_ms,
    dnsTimeout: cfg.connect_timeout_ms,
    greetingTimeout: cfg.greeting_timeout_ms,
    socketTimeout: cfg.socket_timeout_ms,
    socketCloseTimeout: 1000,
    logger: phase.logger,
    // Without it the logger hears of the body only when all of it has gone.
    debug: true,
  })
  const { recordId, traceId, payload, purpose, unsubscribeUrl } = delivery
  const key = bounceKey(cfg, ctx)
  const tag = key === undefined ? null : tagOf(traceId, key)
  const identity = { recordId, traceId, to, at: ctx.now(), serviceId: ctx.service.id, purpose, unsubscribeUrl, tag }
  try {
    const info = await transport.sendMail({ ...mailOf(payload, identity, cfg), signal })
    return { status: 'accepted', providerId: info.serverMessageId ?? info.messageId, final: tag === null }
  } catch (thrown) {
    const error = thrown as SmtpError
    const secrets = password === null ? [] : spokenSecrets(cfg.user ?? '', password.value)
    // A reply of 4xx or 5xx is a refusal in any phase. Anything else after the first byte of the body leaves open
    // whether the server has the mail: the connection may have died on its way to say so.
    if (phase.bodyBegun() && !isRefusal(error))
      return { status: 'unknown', code: codeOf(error), detail: detailOf(error, secrets) }
    return classify(error, secrets)
  } finally {
    transport.close()
  }
}

/** What a server may repeat of a log-in: the password, and what AUTH PLAIN sends. */
function spokenSecrets(user: string, password: string): string[] {
  return [password, Buffer.from(`\0${user}\0${password}`).toString('base64')]
}

/**
 * nodemailer reports a connection lost before the mail and one lost after it with the same error. Its log tells them
 * apart: entries about the body, `tnx: 'message'`, begin with the first byte of it. Nothing of the log is kept.
 */
function watchPhase() {
  let begun = false
  const note = (entry: unknown) => {
    if (typeof entry === 'object' && entry !== null && 'tnx' in entry && entry.tnx === 'message') begun = true
  }
  const logger = { trace: note, debug: note, info: note, warn: note, error: note, fatal: note }
  return { logger, bodyBegun: () => begun }
}
