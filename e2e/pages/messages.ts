import type { Locator, Page } from '@playwright/test'

const WORDS = {
  en: {
    list: 'Messages',
    bulk: 'All that the filter finds:',
    jobs: 'Bulk actions',
    views: 'Saved views',
    filters: 'Filter messages',
    saveView: 'Save view …',
  },
  zh: {
    list: '消息',
    bulk: '对筛选出的全部消息：',
    jobs: '批量操作',
    views: '已存视图',
    filters: '筛选消息',
    saveView: '保存视图…',
  },
} as const

export class MessagesPage {
  readonly page: Page
  readonly rows: Locator
  readonly bulk: Locator
  readonly dialog: Locator
  readonly menu: Locator
  readonly jobs: Locator
  readonly filters: Locator
  readonly #words: (typeof WORDS)['en' | 'zh']

  constructor(page: Page, language: 'en' | 'zh' = 'en') {
    this.page = page
    this.#words = WORDS[language]
    const main = page.getByRole('main')
    this.rows = main.getByRole('region', { name: this.#words.list, exact: true }).locator('tbody tr')
    this.bulk = main.getByRole('group', { name: this.#words.bulk })
    this.dialog = page.getByRole('dialog')
    this.menu = page.getByRole('menu')
    this.jobs = main.getByRole('region', { name: this.#words.jobs })
    this.filters = main.getByRole('search', { name: this.#words.filters })
  }

  async open(query = ''): Promise<void> {
    await this.page.goto(`/messages${query}`)
  }

  view(name: string): Locator {
    return this.page.getByRole('navigation', { name: this.#words.views }).getByRole('button', { name })
  }

  get saveView(): Locator {
    return this.page.getByRole('button', { name: this.#words.saveView })
  }

  /** Opens the menu of a row and chooses there. */
  async choose(row: Locator, item: string): Promise<void> {
    await row.locator('[aria-haspopup=menu]').click()
    await this.menu.getByRole('menuitem', { name: item }).click()
  }
}
