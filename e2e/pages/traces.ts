import type { Locator, Page } from '@playwright/test'
import type { MessageState } from '@signalbox/contracts'

export class TracesPage {
  readonly page: Page
  readonly box: Locator
  readonly submit: Locator
  /** Says that there is no such message, or that the text is no id. */
  readonly problem: Locator
  readonly waiting: Locator
  /** Its place in the queue, from 1. */
  readonly rank: Locator
  readonly steps: Locator
  readonly facts: Locator
  readonly recent: Locator
  readonly live: Locator

  constructor(page: Page) {
    this.page = page
    const main = page.getByRole('main')
    this.box = main.getByRole('textbox', { name: 'Trace id or record id' })
    this.submit = main.getByRole('button', { name: 'Look up' })
    this.problem = main.getByRole('alert')
    this.waiting = main.getByRole('region', { name: 'Why is this waiting?' })
    this.rank = this.waiting.getByRole('definition').first()
    this.steps = main.getByRole('region', { name: 'Steps' })
    this.facts = main.getByRole('region', { name: 'Facts' })
    this.recent = main.getByRole('region', { name: 'Recent messages' })
    this.live = main.getByTitle('Follows the message while this page is open')
  }

  async open(id?: string | number): Promise<void> {
    await this.page.goto(id === undefined ? '/traces' : `/traces/${id}`)
  }

  async lookUp(id: string | number): Promise<void> {
    await this.box.fill(String(id))
    await this.submit.click()
  }

  /** The state of the message whose trace is shown. */
  state(state: MessageState): Locator {
    return this.page.getByRole('article').getByText(state, { exact: true }).first()
  }

  /** One row per attempt. */
  lane(name: 'Queue' | 'Process' | 'Send' | 'Callback'): Locator {
    return this.steps.getByRole('region', { name }).getByRole('listitem')
  }

  heading(text: string | RegExp): Locator {
    return this.page.getByRole('main').getByRole('heading', { name: text })
  }
}
