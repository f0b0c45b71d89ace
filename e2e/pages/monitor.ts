import type { Locator, Page } from '@playwright/test'
import type { MessageState } from '@signalbox/contracts'

export class MonitorPage {
  readonly page: Page
  /** What an empty system shows in place of figures. */
  readonly firstSteps: Locator
  /** The line over the wall, where it says that something is the matter. */
  readonly banner: Locator
  readonly feed: Locator
  /** One link per row, newest on top. */
  readonly feedLinks: Locator
  readonly pausedNote: Locator
  readonly conservation: Locator
  readonly charts: Locator

  constructor(page: Page) {
    this.page = page
    this.firstSteps = page.getByTestId('first-steps')
    this.banner = page.locator('[data-testid="wall-status"]:not([data-kind="moving"], [data-kind="idle"])')
    this.feed = page.getByTestId('feed')
    this.feedLinks = this.feed.getByRole('link', { name: /Open the trace of message/ })
    this.pausedNote = page.getByTestId('feed-paused')
    this.conservation = page.getByTestId('conservation')
    this.charts = page.getByTestId('chart')
  }

  async open(): Promise<void> {
    await this.page.goto('/monitor')
  }

  card(name: 'Sent today' | 'Success rate' | 'Mean response' | 'Failures today'): Locator {
    return this.page.getByRole('region', { name })
  }

  figure(name: Parameters<MonitorPage['card']>[0]): Locator {
    return this.card(name).getByTestId('figure')
  }

  row(traceId: string): Locator {
    return this.feed.getByRole('row').filter({ has: this.link(traceId) })
  }

  rowInState(traceId: string, state: MessageState): Locator {
    return this.row(traceId).getByText(state, { exact: true })
  }

  link(traceId: string): Locator {
    return this.page.getByRole('link', { name: `Open the trace of message ${traceId}` })
  }

  button(name: 'Pause' | 'Resume' | 'Load' | 'Skip'): Locator {
    return this.feed.getByRole('button', { name, exact: true })
  }
}
