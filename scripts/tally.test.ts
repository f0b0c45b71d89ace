import { describe, expect, it } from 'vitest'
import { add, isBroken, lastLine, tallyOfPlaywright, tallyOfVitest } from './tally.ts'

const passed = { status: 'passed' }
const failed = { status: 'failed' }

describe('the last line of the test command', () => {
  it('adds up the suites', () => {
    const tally = add({ passed: 2, failed: 1, skipped: 0 }, { passed: 40, failed: 0, skipped: 3 })
    expect(lastLine(tally)).toBe('42 passed, 1 failed, 3 skipped')
  })
})

describe('a step of the tests', () => {
  it.each([
    [{ passed: 9, failed: 0, skipped: 0 }, false, false],
    [{ passed: 9, failed: 1, skipped: 0 }, true, true],
    [{ passed: 9, failed: 0, skipped: 1 }, false, true],
  ])('of %j is broken: %s, on CI %s', (tally, anywhere, onCi) => {
    expect([isBroken(tally, false), isBroken(tally, true)]).toEqual([anywhere, onCi])
  })
})

describe('the report of vitest', () => {
  const empty = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }

  it('counts todo among the skipped', () => {
    expect(tallyOfVitest({ ...empty, numPassedTests: 5, numPendingTests: 1, numTodoTests: 2 })).toEqual({
      passed: 5,
      failed: 0,
      skipped: 3,
    })
  })

  it('counts a file that broke before its tests as one failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [passed] },
    ]
    expect(tallyOfVitest({ ...empty, numPassedTests: 1, testResults })).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  it('counts a failed test once, not also its file', () => {
    const testResults = [{ status: 'failed', assertionResults: [passed, failed] }]
    expect(tallyOfVitest({ ...empty, numPassedTests: 1, numFailedTests: 1, testResults }).failed).toBe(1)
  })
})

describe('the report of Playwright', () => {
  it('takes a flaky test and an error outside tests for failures', () => {
    const stats = { expected: 9, unexpected: 1, flaky: 1, skipped: 2 }
    expect(tallyOfPlaywright({ stats, errors: [{}] })).toEqual({ passed: 9, failed: 3, skipped: 2 })
  })
})
