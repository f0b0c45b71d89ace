import type { Locator, Page } from '@playwright/test'

/** What stands around every screen. */
export class Shell {
  readonly page: Page
  readonly navigation: Locator
  readonly link: Locator
  readonly themeButton: Locator
  readonly languageButton: Locator
  readonly skipLink: Locator
  readonly lookUp: Locator

  constructor(page: Page) {
    this.page = page
    this.navigation = page.getByRole('navigation', { name: /^(Screens|页面)$/ })
    this.link = page.getByTestId('link-state')
    this.themeButton = page.getByTestId('theme')
    this.languageButton = page.getByTestId('language')
    this.skipLink = page.getByRole('link', { name: 'Skip to the content' })
    this.lookUp = page.getByRole('textbox', { name: /Trace id or record id/i })
  }

  go(screen: string): Promise<void> {
    return this.navigation.getByRole('link', { name: screen }).click()
  }
}
