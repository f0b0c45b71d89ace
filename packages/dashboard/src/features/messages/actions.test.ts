import { MESSAGE_STATES } from '@signalbox/contracts'
import { expect, it } from 'vitest'
import { actionsOn, canUndo } from './actions.ts'

it('what waits is cancelled, what failed is retried, what is unknown is decided, and what arrived is left alone', () => {
  expect(Object.fromEntries(MESSAGE_STATES.map((state) => [state, actionsOn(state)]))).toEqual({
    ...{ scheduled: ['cancel'], queued: ['cancel'], sending: [], sent: [], delivered: [], read: [] },
    ...{ failed: ['retry'], expired: ['retry'], cancelled: [], unknown: ['mark_sent', 'mark_failed', 'resend'] },
  })
  expect(['retry', 'resend', 'cancel', 'mark_sent', 'mark_failed'].map((action) => canUndo(action as 'retry'))).toEqual(
    [true, true, false, false, false],
  )
})
