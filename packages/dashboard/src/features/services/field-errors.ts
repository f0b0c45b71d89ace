/** What the server refused, by the path of the field: `settings.from.address`, `settings.templates[0].code`. Pure. */
import type { Issue } from '@signalbox/contracts'

export type FieldErrors = ReadonlyMap<string, string>

/** `a.0.b` and `a[0].b` are one path. */
export const pathOf = (written: string): string => written.replace(/\.(\d+)(?=\.|\[|$)/g, '[$1]')

export function errorsOf(issues: readonly Issue[]): FieldErrors {
  const errors = new Map<string, string>()
  for (const { path, message } of issues) {
    const at = pathOf(path)
    const text = withoutPath(message, path)
    errors.set(at, errors.has(at) ? `${errors.get(at)}; ${text}` : text)
  }
  return errors
}

/** The message begins with where; at the field that is known. */
function withoutPath(message: string, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message
}

/** Something at the path or below it was refused. */
export function isWrong(errors: FieldErrors, path: string): boolean {
  return [...errors.keys()].some((at) => at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`))
}

/** What no field stands for. */
export function leftOver(errors: FieldErrors, known: (path: string) => boolean): string[] {
  return [...errors].filter(([path]) => !known(path)).map(([path, text]) => (path === '' ? text : `${path}: ${text}`))
}
