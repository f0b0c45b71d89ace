import type { Locator, Page } from '@playwright/test'

export class TemplateEditorPage {
  readonly page: Page
  readonly heading: Locator
  readonly name: Locator
  readonly channel: Locator
  readonly format: Locator
  readonly subject: Locator
  readonly content: Locator
  readonly preview: Locator
  readonly checks: Locator
  readonly versions: Locator
  readonly conflict: Locator
  readonly failure: Locator
  readonly status: Locator

  constructor(page: Page) {
    this.page = page
    this.heading = page.getByRole('heading', { level: 1 })
    this.name = page.getByLabel('Name', { exact: true })
    this.channel = page.getByLabel('Channel', { exact: true })
    this.format = page.getByLabel('Format', { exact: true })
    this.subject = page.getByLabel('Subject', { exact: true })
    this.content = page.getByLabel('Content', { exact: true })
    this.preview = page.getByRole('region', { name: 'Preview' }).first()
    this.checks = page.getByRole('region', { name: 'Checks' })
    this.versions = page.getByRole('region', { name: 'Versions' })
    this.conflict = page.getByRole('alert').filter({ hasText: 'Someone else saved this template' })
    this.failure = page.getByRole('alert').filter({ hasText: 'Not saved' })
    this.status = page.getByRole('main').getByRole('status')
  }

  async open(id: number | 'new'): Promise<void> {
    await this.page.goto(`/templates/${id}`)
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }

  sample(variable: string): Locator {
    return this.page.getByRole('region', { name: 'Sample values' }).getByLabel(variable)
  }

  /** The id that the address shows once the template is saved. */
  async savedId(): Promise<number> {
    await this.page.waitForURL(/\/templates\/\d+$/)
    return Number(new URL(this.page.url()).pathname.split('/').at(-1))
  }
}
