import type { Locator, Page } from '@playwright/test'

type Group = 'Pools of workers' | 'Rate limits' | 'Other settings'

export class SettingsPage {
  readonly page: Page
  readonly rows: Locator
  readonly onlyDiffering: Locator

  constructor(page: Page) {
    this.page = page
    const main = page.getByRole('main')
    this.rows = main.locator('tbody tr')
    this.onlyDiffering = main.getByRole('button', { name: 'Only what differs' })
  }

  async open(query = ''): Promise<void> {
    await this.page.goto(`/settings${query}`)
  }

  row(group: Group, name: string): Locator {
    return this.page.getByRole('region', { name: group }).getByRole('row').filter({ hasText: name })
  }
}
