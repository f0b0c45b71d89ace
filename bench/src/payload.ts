const PAYLOAD_BYTES = 300

/** What every message of every contender carries: text, as messages do. */
export const PAYLOAD = 'Your parcel is on its way and arrives today. '.repeat(7).slice(0, PAYLOAD_BYTES)
