/** What the live check is asked for on the command line. */
import { parseArgs } from 'node:util'

export const USAGE = `Sends one real message through a real account, and waits for its receipt.

  live <adapter> --to <recipient> --settings <file> --yes

  --settings <file>   the settings of the service as JSON; every secret in it as {"env": "SECRET_…"}
  --to <recipient>    who gets it: a number, an address or an id of yours
  --yes               really send it; it may cost money
  --text, --subject   what it says (default: that this is a check, and the time)
  --var name=value    a variable, for providers that keep the text; as often as needed
  --template-id <n>   which of the bindings in the settings (default 1)
  --channel <name>    for adapters of several channels
  --listen <port>     take receipts at http://127.0.0.1:<port>/callbacks/1/…; lead the public address there
  --wait <seconds>    for the receipt (default 120)`

export interface LiveRequest {
  adapter: string
  to: string
  settingsFile: string
  text: string | null
  subject: string | null
  variables: Record<string, string>
  templateId: number
  channel: string | null
  port: number | null
  waitMs: number
}

export type ReadArguments = { ok: true; request: LiveRequest } | { ok: false; problem: string }

export function readArguments(argv: readonly string[]): ReadArguments {
  try {
    return read(argv)
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) }
  }
}

function read(argv: readonly string[]): ReadArguments {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...{ to: text, settings: text, text, subject: text, channel: text, listen: text, wait: text },
      ...{ 'template-id': text, var: { type: 'string', multiple: true }, yes: { type: 'boolean' } },
    },
  })
  const [adapter, ...more] = positionals
  if (adapter === undefined || more.length > 0) return problem('one adapter', positionals.join(' ') || 'none')
  if (values.to === undefined || values.to === '') return problem('--to with a recipient of yours', 'none')
  if (values.settings === undefined) return problem('--settings with a file', 'none')
  const [waitS, templateId] = [number(values.wait ?? '120', 0, 3600), number(values['template-id'] ?? '1', 1, 2 ** 31)]
  if (waitS === null) return problem('--wait from 0 to 3600 seconds', values.wait ?? '')
  if (templateId === null) return problem('--template-id as a positive integer', values['template-id'] ?? '')
  const port = values.listen === undefined ? null : number(values.listen, 0, 65_535)
  if (values.listen !== undefined && port === null) return problem('--listen with a port', values.listen)
  const variables: Record<string, string> = {}
  for (const each of values.var ?? []) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(each) ?? []
    if (name === undefined || value === undefined) return problem('--var name=value', each)
    variables[name] = value
  }
  // Last, so that everything else can be checked without sending.
  if (values.yes !== true) return problem('--yes, since this sends a real message that may cost money', 'none')
  const { to, settings: settingsFile, text: says = null, subject = null, channel = null } = values
  const content = { text: says, subject, variables, templateId, channel }
  return { ok: true, request: { adapter, to, settingsFile, port, waitMs: waitS * 1000, ...content } }
}

function problem(expected: string, got: string): ReadArguments {
  return { ok: false, problem: `expected ${expected}, got ${got}` }
}

function number(raw: string, min: number, max: number): number | null {
  const value = Number(raw)
  return /^\d{1,10}$/.test(raw) && value >= min && value <= max ? value : null
}
