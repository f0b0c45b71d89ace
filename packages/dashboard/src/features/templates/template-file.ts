/** Templates as a file: out of one system, into another. */
import { templateFileSchema, type TemplateFile } from '@signalbox/contracts'

export function saveFile(file: TemplateFile, name: string): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(file, null, 2)}\n`], { type: 'application/json' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: `${name}.json` })
  link.click()
  URL.revokeObjectURL(url)
}

/** Throws an Error that says where the text is not such a file. */
export function readFile(text: string): TemplateFile {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new Error(`expected JSON, got ${JSON.stringify(text.slice(0, 40))}`, { cause })
  }
  const file = templateFileSchema.safeParse(parsed)
  if (file.success) return file.data
  const said = file.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`)
  throw new Error(said.join('; '), { cause: file.error })
}
