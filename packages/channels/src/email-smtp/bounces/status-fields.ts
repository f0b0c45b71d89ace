/** Groups of `Name: value` lines, as message/delivery-status and message/feedback-report hold them. RFC 3464 2.1, RFC 5965 2. */

export type Fields = ReadonlyMap<string, string>

const GROUPS_AT_MOST = 50
const LINES_AT_MOST = 2_000
const VALUE_AT_MOST = 2_000

/** Names in lower case; of a name that comes twice in a group the first value. What is no field is passed over. */
export function fieldGroups(text: string): Fields[] {
  const groups: Map<string, string>[] = []
  let group = new Map<string, string>()
  let name = ''
  const close = () => {
    if (group.size > 0) groups.push(group)
    group = new Map()
    name = ''
  }
  for (const line of text.split(/\r?\n/, LINES_AT_MOST)) {
    if (line.trim() === '') close()
    else if (/^[ \t]/.test(line)) append(group, name, line)
    else {
      const colon = line.indexOf(':')
      name = colon > 0 ? line.slice(0, colon).trim().toLowerCase() : ''
      if (name === '' || group.has(name)) name = ''
      else group.set(name, line.slice(colon + 1, colon + 1 + VALUE_AT_MOST).trim())
    }
    if (groups.length === GROUPS_AT_MOST) return groups
  }
  close()
  return groups
}

/** A line that begins with a blank goes on the one before. */
function append(group: Map<string, string>, name: string, line: string): void {
  const before = group.get(name)
  if (before === undefined || before.length + line.length > VALUE_AT_MOST) return
  group.set(name, `${before} ${line.trim()}`.trim())
}

/** `rfc822;ann@example.com` without its type. */
export function untyped(value: string | undefined): string {
  return (value ?? '').replace(/^[a-z0-9-]{1,20}\s*;\s*/i, '')
}
