const LOOPBACK = /^(localhost|::1|127(\.\d{1,3}){3})$/

/** A name or address of this machine itself, as a URL has it. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host.replace(/^\[(.*)\]$/, '$1'))

/** One line that says why another address is refused and what to set, or null when the host is this machine only. */
export function loopbackProblem(host: string): string | null {
  if (LOOPBACK.test(host)) return null
  return (
    `expected HOST to be 127.0.0.1, ::1 or localhost, got ${JSON.stringify(host)}: there are no operators yet, ` +
    'so anyone who reaches the port could send messages; set HOST=127.0.0.1'
  )
}
