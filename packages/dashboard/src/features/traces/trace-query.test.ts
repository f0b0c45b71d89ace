import { describe, expect, it } from 'vitest'
import { parseTraceQuery } from './trace-query.ts'

describe('parseTraceQuery', () => {
  it('takes a trace id or a record id as it is', () => {
    expect(parseTraceQuery('msg_00A1B2C3D4E')).toEqual({ kind: 'id', id: 'msg_00A1B2C3D4E' })
    expect(parseTraceQuery('372839110656000')).toEqual({ kind: 'id', id: '372839110656000' })
  })

  it('forgives what copying adds and readers confuse', () => {
    expect(parseTraceQuery(' "msg_00a1b2c3d4e" ')).toEqual({ kind: 'id', id: 'msg_00A1B2C3D4E' })
    expect(parseTraceQuery('msg_OOAIB2C3D4L')).toEqual({ kind: 'id', id: 'msg_00A1B2C3D41' })
    expect(parseTraceQuery('https://box.example/traces/msg_00A1B2C3D4E')).toEqual({ kind: 'id', id: 'msg_00A1B2C3D4E' })
    expect(parseTraceQuery('#372839110656000')).toEqual({ kind: 'id', id: '372839110656000' })
  })

  it('tells nothing from garbage', () => {
    expect(parseTraceQuery('   ')).toEqual({ kind: 'empty' })
    for (const text of ['hello', 'msg_', 'msg_00A1B2C3D4', 'msg_00A1B2C3D4U', '-5', '0', '99999999999999999999']) {
      expect(parseTraceQuery(text)).toEqual({ kind: 'garbage', text })
    }
  })
})
