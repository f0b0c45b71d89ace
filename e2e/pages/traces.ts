import type { Locator, Page } from '@playwright/test'
import type { MessageState } from '@signalbox/contracts'

export class TracesPage {
  readonly page: Page
  readonly box: Locator
  readonly submit: Locator
  readonly problem: Locator

  constructor(page: Page) {
    this.page = page
    const main = page.getByRole('main')
    this.box = main.getByRole('textbox', { name: 'Trace id or record id' })
    this.submit = main.getByRole('button', { name: 'Look up' })
    this.problem = main.getByRole('alert')
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
    return this.page.getByRole('main').getByText(state, { exact: true }).first()
  }

  lane(name: 'Queue' | 'Process' | 'Send' | 'Callback'): Locator {
    return this.page.getByRole('region', { name: 'Steps' }).getByText(name, { exact: true }).first()
  }
}
