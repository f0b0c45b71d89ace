/** Messages at a steady rate through send-batch, 20 batches a second. */
const BATCHES_PER_SECOND = 20

export interface Traffic {
  /** Stops, and gives how many messages a second were accepted. */
  stop(): Promise<number>
}

export function startTraffic(url: string, templateId: number, perSecond: number): Traffic {
  const size = Math.round(perSecond / BATCHES_PER_SECOND)
  const underWay = new Set<Promise<void>>()
  const begunAt = performance.now()
  let sent = 0
  let accepted = 0

  async function send(): Promise<void> {
    const recipients = Array.from({ length: size }, () => `user-${(sent += 1)}`)
    const variables_list = recipients.map((recipient) => ({ body: `Hello ${recipient}` }))
    const response = await post(url, '/api/messages/send-batch', {
      template_id: templateId,
      recipients,
      variables_list,
    })
    if (response.ok) accepted += size
  }

  const timer =
    size === 0
      ? undefined
      : setInterval(() => {
          // A server that cannot follow gets no pile of requests on top.
          if (underWay.size >= BATCHES_PER_SECOND) return
          const sending = send()
            .catch(() => undefined)
            .finally(() => underWay.delete(sending))
          underWay.add(sending)
        }, 1000 / BATCHES_PER_SECOND)

  return {
    async stop() {
      clearInterval(timer)
      const tookMs = performance.now() - begunAt
      await Promise.all(underWay)
      return (accepted / tookMs) * 1000
    },
  }
}

export async function post(url: string, path: string, body: unknown, method = 'POST'): Promise<Response> {
  return fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

/** Every message of the channel is refused by its provider, or none is. */
export async function failEverything(url: string, failing: boolean): Promise<void> {
  const { data } = (await (await fetch(`${url}/api/services`)).json()) as { data: { id: number }[] }
  const settings = failing ? { error_rate: 1 } : {}
  await Promise.all(data.map(({ id }) => post(url, `/api/services/${id}`, { settings }, 'PUT')))
}
