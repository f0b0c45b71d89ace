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
  readonly review: Locator

  constructor(page: Page) {
    this.page = page
    this.heading = page.getByRole('heading', { level: 1 })
    this.name = page.getByLabel('Name', { exact: true })
    this.channel = page.getByLabel('Channel', { exact: true })
    this.format = page.getByLabel('Format', { exact: true })
    this.subject = page.getByLabel('Subject', { exact: true })
    this.content = page.getByRole('textbox', { name: 'Content', exact: true })
    this.preview = page.getByRole('region', { name: 'Preview' }).first()
    this.checks = page.getByRole('region', { name: 'Checks' })
    this.versions = page.getByRole('region', { name: 'Versions' })
    this.conflict = page.getByRole('alert').filter({ hasText: 'Someone else saved this template' })
    this.failure = page.getByRole('alert').filter({ hasText: 'Not saved' })
    this.review = page.getByRole('dialog', { name: /^Publish version/ })
    this.status = page.getByRole('main').getByRole('status').first()
  }

  async open(id: number | 'new'): Promise<void> {
    await this.page.goto(`/templates/${id}`)
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }

  /** Saves an active template as this version, through the review. */
  async publish(version: number, { author = '', note = '' } = {}): Promise<void> {
    await this.button(`Save as version ${version}`).click()
    if (author) await this.review.getByLabel('Your name').fill(author)
    if (note) await this.review.getByLabel('Note').fill(note)
    await this.review.getByRole('button', { name: `Publish version ${version}` }).click()
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
