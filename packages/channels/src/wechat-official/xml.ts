/**
 * The flat XML of WeChat's callbacks, `<xml><Name><![CDATA[value]]></Name>…</xml>`, as a map. Null for anything with a
 * document type or entities of its own, which have no place in it. What is nested is left out.
 */
export function flatXml(text: string): ReadonlyMap<string, string> | null {
  const inner = /^\s*(?:<\?xml[^>]*\?>\s*)?<xml>([\s\S]*)<\/xml>\s*$/.exec(text)?.[1]
  if (inner === undefined || /<!(?!\[CDATA\[)/.test(withoutCdata(inner))) return null
  const values = new Map<string, string>()
  for (const [, name = '', cdata, plain] of inner.matchAll(
    /<([A-Za-z][A-Za-z0-9_]*)>(?:<!\[CDATA\[([\s\S]*?)\]\]>|([^<]*))<\/\1>/g,
  )) {
    // The first counts: a second of the same name must not take its place.
    if (!values.has(name)) values.set(name, cdata ?? (plain ?? '').trim())
  }
  return values
}

function withoutCdata(text: string): string {
  return text.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')
}
