/** The part of mjml 5 that we use; it brings no types of its own. */
declare module 'mjml' {
  interface Options {
    validationLevel: 'strict' | 'soft' | 'skip'
    keepComments: boolean
    ignoreIncludes: boolean
    fonts: Record<string, string>
  }
  interface Problem {
    line: number
    tagName: string
    message: string
  }
  export default function mjml(source: string, options: Options): Promise<{ html: string; errors: Problem[] }>
}
