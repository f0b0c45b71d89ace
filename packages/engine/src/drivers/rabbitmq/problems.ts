/** What is wrong with a broker, in words for an operator. Nothing here tells a password. */

/** It will not do, however often it is asked. */
export class UnfitBrokerError extends Error {}

const OLDEST: readonly [number, number] = [3, 10]
const NEEDED = ['publisher_confirms', 'basic.nack', 'consumer_cancel_notify', 'connection.blocked'] as const

/** Throws for a broker that lacks what the driver rests on. */
export function assertBroker(properties: Readonly<Record<string, unknown>>): void {
  const { product, version, capabilities } = properties
  const shown = `${String(product)} ${String(version)}`
  const numbers = /^(\d+)\.(\d+)/.exec(String(version))
  if (product !== 'RabbitMQ' || !numbers)
    throw new UnfitBrokerError(`expected AMQP_URL to lead to RabbitMQ, got ${shown}`)
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])]
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new UnfitBrokerError(`expected RabbitMQ ${OLDEST.join('.')} or newer, got ${shown}`)
  }
  const can = (capabilities ?? {}) as Readonly<Record<string, unknown>>
  const lacking = NEEDED.find((capability) => can[capability] !== true)
  if (lacking) throw new UnfitBrokerError(`expected RabbitMQ to have ${lacking}, got ${shown} without it`)
}

const UNEQUAL =
  /PRECONDITION_FAILED - inequivalent arg '([^']+)' for (queue|exchange) '([^']+)' in vhost '([^']+)': (.+?)"?$/

/** A queue or exchange of ours is there in another shape: nothing changes before somebody takes it away. */
export const isUnequal = (error: unknown): boolean => UNEQUAL.test(textOf(error))

export function problemOf(error: unknown, place: string): string {
  const text = textOf(error)
  const { code } = error as { code?: unknown }
  if (code === 'ECONNREFUSED') return `nothing listens at ${place}`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${place} cannot be found by its name`
  if (/ACCESS.REFUSED/.test(text) && /Handshake/.test(text))
    return `${place} refuses the user or the password of AMQP_URL`
  // The client does not show what the broker says to this.
  if (/Expected ConnectionOpenOk/.test(text)) return `${place} does not let us into the virtual host of AMQP_URL`
  const unequal = UNEQUAL.exec(text)
  if (unequal) {
    const [, argument, thing, name, vhost, found] = unequal
    return (
      `the ${thing} ${name} in the virtual host ${vhost} was made otherwise (${argument}: ${found}): delete it and it is made ` +
      'anew; what it holds stands in the store too and is found there'
    )
  }
  return text
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  // An error may quote an address.
  return text.replaceAll(/(amqps?:\/\/)[^@\s/]*@/g, '$1')
}
