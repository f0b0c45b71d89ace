import type { Locator, Page } from '@playwright/test'

export class MonitorPage {
  readonly page: Page
  readonly feed: Locator

  constructor(page: Page) {
    this.page = page
    this.feed = page.getByRole('region', { name: 'Live feed' })
  }

  async open(): Promise<void> {
    await this.page.goto('/monitor')
  }
}
