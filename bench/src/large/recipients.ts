/** Whom people look for: with about four messages, with every 50th, with none. */
export const RECIPIENTS = { few: 'user-1', many: 'user-many', none: 'user-none' } as const
