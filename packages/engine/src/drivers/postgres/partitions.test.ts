import { describe, expect, it } from 'vitest'
import { acceptWrite, newMessage } from '../../../test/conformance/support.ts'
import { nodeNamed, openNode, temporarySchema } from '../../../test/support/nodes.ts'
import { firstIdAt } from '../../ids.ts'

describe('partitions', () => {
  it('are made once, however many nodes are the first to write there', async () => {
    const schema = temporarySchema()
    const nodes = [await openNode(schema, nodeNamed('one')), await openNode(schema, nodeNamed('two'))]
    for (let month = 0; month < 8; month++) {
      const acceptedAt = Date.UTC(2031, month, 3)
      const messages = nodes.map((_, i) => newMessage({ id: firstIdAt(acceptedAt) + i, acceptedAt, dueAt: acceptedAt }))
      await Promise.all(nodes.map(({ store }, i) => store.messages.accept(acceptWrite(messages.slice(i, i + 1)))))
      for (const { id } of messages) expect(await nodes[0]?.store.messages.get(id)).toMatchObject({ id })
    }
  })
})
