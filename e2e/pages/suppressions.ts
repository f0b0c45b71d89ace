import type { Locator, Page } from '@playwright/test'

export class SuppressionsPage {
  readonly page: Page
  readonly main: Locator
  readonly rows: Locator
  readonly dialog: Locator

  constructor(page: Page) {
    this.page = page
    this.main = page.getByRole('main')
    this.rows = this.main.locator('[data-suppression]')
    this.dialog = page.getByRole('dialog')
  }

  async open(query = ''): Promise<void> {
    await this.page.goto(`/suppressions${query}`)
  }

  button(name: string): Locator {
    return this.main.getByRole('button', { name })
  }
}
