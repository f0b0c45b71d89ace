import type { ApiError } from '../../api/http.ts'

export type EditorField = 'name' | 'channel' | 'format' | 'subject' | 'content'
export type FieldErrors = Partial<Record<EditorField, string>>

const FIELDS: readonly EditorField[] = ['name', 'channel', 'format', 'subject', 'content']

/** What the server refused, by field; variables are found in the text, so complaints about them belong there. */
export function fieldErrorsOf({ issues }: ApiError): FieldErrors {
  const errors: FieldErrors = {}
  for (const { path, message } of issues) {
    const root = path.replace(/[.[].*$/, '')
    const field = root === 'variables' ? 'content' : FIELDS.find((each) => each === root)
    if (field) errors[field] = errors[field] ? `${errors[field]}; ${message}` : message
  }
  return errors
}
