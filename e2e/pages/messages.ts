import type { Locator, Page } from '@playwright/test'

export class MessagesPage {
  readonly page: Page
  readonly rows: Locator
  readonly bulk: Locator
  readonly dialog: Locator
  readonly jobs: Locator

  constructor(page: Page) {
    this.page = page
    const main = page.getByRole('main')
    this.rows = main.getByRole('region', { name: 'Messages' }).locator('tbody tr')
    this.bulk = main.getByRole('group', { name: 'All that the filter finds:' })
    this.dialog = page.getByRole('dialog')
    this.jobs = main.getByRole('region', { name: 'Bulk actions' })
  }

  async open(query = ''): Promise<void> {
    await this.page.goto(`/messages${query}`)
  }

  view(name: string): Locator {
    return this.page.getByRole('navigation', { name: 'Saved views' }).getByRole('button', { name })
  }
}
