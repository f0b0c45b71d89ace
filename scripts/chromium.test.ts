import { expect, it } from 'vitest'
import { findChromium } from './chromium.ts'

it('takes the browser that CHROMIUM names', () => {
  expect(findChromium({ CHROMIUM: process.execPath })).toBe(process.execPath)
})

it('refuses a CHROMIUM that does not exist rather than taking another', () => {
  expect(() => findChromium({ CHROMIUM: '/no/such/browser' })).toThrow(
    'expected CHROMIUM to be the path of a browser, got /no/such/browser: no such file',
  )
})
