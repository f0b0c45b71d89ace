import type { Channel } from '@signalbox/contracts'
import type { Locator, Page } from '@playwright/test'

const WORDS = {
  en: { now: 'Now', test: 'Send a test', filters: 'Filter services', undo: 'Take back' },
  zh: { now: '当前', test: '发送测试', filters: '筛选发送服务', undo: '撤回' },
} as const

/** The list of services, and the page of one. */
export class ServicesPage {
  readonly page: Page
  readonly main: Locator
  readonly rows: Locator
  readonly filters: Locator
  readonly dialog: Locator
  readonly menu: Locator
  readonly undo: Locator
  /** Of one service. */
  readonly now: Locator
  readonly trial: Locator
  readonly outcome: Locator
  readonly problem: Locator

  constructor(page: Page, language: 'en' | 'zh' = 'en') {
    const words = WORDS[language]
    this.page = page
    this.main = page.getByRole('main')
    this.rows = this.main.locator('tr[data-service]')
    this.filters = this.main.getByRole('search', { name: words.filters })
    this.dialog = page.getByRole('dialog')
    this.menu = page.getByRole('menu')
    this.undo = this.main.getByRole('button', { name: words.undo })
    this.now = this.main.getByRole('region', { name: words.now, exact: true })
    this.trial = this.main.getByRole('region', { name: words.test, exact: true })
    this.outcome = this.trial.locator('[data-outcome]')
    this.problem = this.main.locator('form [role=alert]')
  }

  async open(path = ''): Promise<void> {
    await this.page.goto(`/services${path}`)
  }

  channel(channel: Channel): Locator {
    return this.main.locator(`[data-channel=${channel}]`)
  }

  row(name: string): Locator {
    return this.rows.filter({ hasText: name })
  }

  /** What it is said to be doing. */
  condition(name: string): Locator {
    return this.row(name).locator('[data-condition]')
  }

  /** By its path in the API: `settings.from.address`. */
  field(path: string): Locator {
    return this.main.locator(`[data-path="${path}"]`)
  }

  /** What is said to be wrong with a field. */
  async errorOf(path: string): Promise<string> {
    const about = await this.field(path).getAttribute('aria-describedby')
    return this.main.locator(`[id="${about}"]`).innerText()
  }

  async choose(channel: Channel, adapter: string): Promise<void> {
    await this.main.locator(`input[name=channel][value=${channel}]`).check()
    await this.main.locator(`input[name=adapter][value="${adapter}"]`).check()
  }

  button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true })
  }

  async act(name: string, item: string): Promise<void> {
    await this.row(name).locator('[aria-haspopup=menu]').click()
    await this.menu.getByRole('menuitem', { name: item }).click()
  }
}
