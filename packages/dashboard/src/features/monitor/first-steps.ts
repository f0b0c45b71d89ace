/** What to do on an empty system, as lines that work when they are pasted into a terminal. */
import type { Channel, Template } from '@signalbox/contracts'

export const DEMO_COMMAND = 'PORT=8010 npx -y pnpm@10.34.9 demo'

/** A template that asks for no real recipient. */
export function templateCommand(origin: string): string {
  return post(`${origin}/api/messages/templates`, {
    name: 'Hello',
    channel: 'app',
    content: 'Hello {{name}}',
    variables: ['name'],
  })
}

export function sendCommand(origin: string, template: Pick<Template, 'id' | 'channel' | 'variables'>): string {
  return post(`${origin}/api/messages/send`, {
    template_id: template.id,
    recipient: EXAMPLE_RECIPIENTS[template.channel],
    variables: Object.fromEntries(template.variables.map((name) => [name, name])),
  })
}

/** Well-formed on their channels, and nobody's: example domains, numbers and ids. */
const EXAMPLE_RECIPIENTS: Record<Channel, string> = {
  sms: '+8613800000000',
  email: 'someone@example.com',
  app: 'user-1',
  wechat: 'oExampleOpenId0000000000000',
  feishu: 'ou_example0000000000000000000000',
}

function post(url: string, body: object): string {
  // Single quotes inside single quotes, as a POSIX shell wants them.
  const json = JSON.stringify(body).replaceAll("'", String.raw`'\''`)
  return `curl -X POST ${url} -H 'Content-Type: application/json' -d '${json}'`
}
