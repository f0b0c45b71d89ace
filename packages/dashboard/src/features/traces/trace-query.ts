/** Reads what was typed or pasted into the box. */

export type TraceQuery = { kind: 'empty' } | { kind: 'id'; id: string } | { kind: 'garbage'; text: string }

const RECORD_ID = /^[1-9][0-9]{0,15}$/
/** Crockford base32: no U; O is read as 0, I and L as 1. */
const TRACE_ID = /^msg_[0-9A-HJKMNP-TV-Z]{11}$/

/** A trace id in its one spelling, or a record id; `#`, quotes, blanks and a whole `/traces/…` address are forgiven. */
export function parseTraceQuery(input: string): TraceQuery {
  const text = input.trim()
  if (text === '') return { kind: 'empty' }
  const bare = text.replace(/^.*\/traces\//, '').replaceAll(/[\s"'#,，。]/g, '')
  if (RECORD_ID.test(bare) && Number.isSafeInteger(Number(bare))) return { kind: 'id', id: bare }
  const digits = bare.replace(/^msg_/i, '').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  const id = `msg_${digits}`
  return TRACE_ID.test(id) ? { kind: 'id', id } : { kind: 'garbage', text }
}
