/** Between a store and its PostgreSQL: cuts connections, before or after what is said passes. */
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { testDatabaseUrl } from './postgres-server.ts'

export interface PostgresProxy {
  readonly url: string
  /** When a client next says so: every connection is cut, before that passes, or after the server has answered it. */
  cutAt(said: string, passes: boolean): void
  /** New connections are refused until it is opened again. */
  close(): void
  open(): void
}

export async function postgresProxy(): Promise<PostgresProxy> {
  const upstream = new URL(testDatabaseUrl().replace('@/', '@localhost/'))
  const host = upstream.searchParams.get('host')
  const port = Number(upstream.port || 5432)
  const sockets = new Set<Socket>()
  let cut: { said: string; passes: boolean } | null = null
  let isOpen = true

  function cutAll(): void {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }

  const server = createServer((client) => {
    if (!isOpen) return void client.destroy()
    const onward = host?.startsWith('/')
      ? connect(`${host}/.s.PGSQL.${port}`)
      : connect(port, host ?? upstream.hostname)
    for (const socket of [client, onward]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    client.on('close', () => onward.end())
    onward.on('close', () => client.destroy())
    onward.on('data', (data) => client.write(data))
    client.on('data', (data) => {
      if (!cut || !data.includes(cut.said)) return void onward.write(data)
      const { passes } = cut
      cut = null
      onward.removeAllListeners('data')
      if (!passes) {
        cutAll()
        return
      }
      // The server has done it when it answers; the answer reaches nobody.
      onward.once('data', cutAll).write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    cutAll()
    server.close()
  })
  const address = server.address()
  const url = new URL(upstream)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String(typeof address === 'object' && address ? address.port : 0)
  return {
    url: url.href,
    cutAt(said, passes) {
      cut = { said, passes }
    },
    close() {
      isOpen = false
      cutAll()
    },
    open() {
      isOpen = true
    },
  }
}
