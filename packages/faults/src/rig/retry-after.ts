/** What the fake provider asks for with its 429. */
export const RETRY_AFTER_SECONDS = 1
