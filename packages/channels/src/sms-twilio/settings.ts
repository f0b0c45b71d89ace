import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema, secretNameSchema } from '../http/base-url.ts'

const sid = (letters: string, what: string) =>
  z.string().regex(new RegExp(`^${letters}[0-9a-fA-F]{32}$`), `expected ${what}: ${letters} and 32 hexadecimal digits`)

export const twilioSettingsSchema = z
  .strictObject({
    base_url: baseUrlSchema('https://api.twilio.com').describe('Address of the API'),
    account_sid: sid('AC', 'an account SID').describe('SID of the account'),
    auth_token_env: secretNameSchema.describe('Name of the secret that holds the auth token; it also signs receipts'),
    api_key_sid: sid('SK', 'an API key SID')
      .optional()
      .describe('SID of an API key to send with, in place of the auth token'),
    api_key_secret_env: secretNameSchema.optional().describe('Name of the secret of that API key'),
    from: z
      .string()
      .regex(
        /^(?:\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
        'expected +15005550006, a short code or a sender name',
      )
      .optional()
      .describe('Number, short code or name to send from'),
    messaging_service_sid: sid('MG', 'a messaging service SID').optional().describe('Messaging service to send from'),
    callback_url: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .refine((url) => !/[?#]/.test(url), 'expected an address without ? and #')
      .optional()
      .describe('Public address of /callbacks/<service id>, as Twilio calls it; left out: no receipts'),
    validity_seconds: z
      .int()
      .min(1)
      .max(36_000)
      .optional()
      .describe('How long Twilio may hold the message, in seconds'),
  })
  .refine((raw) => (raw.from === undefined) !== (raw.messaging_service_sid === undefined), {
    error: 'expected from or messaging_service_sid, one of them',
    path: ['from'],
  })
  .refine((raw) => (raw.api_key_sid === undefined) === (raw.api_key_secret_env === undefined), {
    error: 'expected api_key_sid and api_key_secret_env together, got one of them',
    path: ['api_key_secret_env'],
  })
  .meta(words({ en: ['Twilio SMS'], zh: ['Twilio 短信'] }))

export type TwilioSettings = z.output<typeof twilioSettingsSchema>
