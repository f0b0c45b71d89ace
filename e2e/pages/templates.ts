import type { Locator, Page } from '@playwright/test'

export class TemplatesPage {
  readonly page: Page
  readonly heading: Locator
  readonly create: Locator
  readonly search: Locator
  readonly channelFilter: Locator
  readonly statusFilter: Locator
  readonly rows: Locator

  constructor(page: Page) {
    this.page = page
    this.heading = page.getByRole('heading', { level: 1, name: 'Templates' })
    this.create = page.getByRole('button', { name: 'New template' })
    const filters = page.getByRole('search', { name: 'Filter templates' })
    this.search = filters.getByRole('searchbox')
    this.channelFilter = filters.getByLabel('Channel')
    this.statusFilter = filters.getByLabel('Status')
    this.rows = page.getByRole('rowheader').getByRole('link')
  }

  async open(): Promise<void> {
    await this.page.goto('/templates')
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('link', { name, exact: true }) })
  }
}
