/**
 * Addresses given by operators must not reach into the network that this process stands in: a name is resolved once, what
 * it gives is checked, and the connection goes to the checked address.
 */
import { lookup, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { isLoopback } from './base-url.ts'

/** RFC 6890 and its updates: what is not reachable from everywhere. */
const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv6')

/** An address that anybody can reach. IPv4 inside IPv6 is read as the IPv4 that it is. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && !PRIVATE.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** Whether a URL's host may be called before any name is resolved: a name, a public address, or this machine by name. */
export function mayCall({ hostname }: URL): boolean {
  if (isLoopback(hostname)) return true
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) === 0 || isPublicAddress(bare)
}

export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'
  readonly code = 'EPRIVATE'
}

/** For `http.request`: resolves a name and refuses it when any of its addresses is private. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const first = addresses?.[0]
    if (error || !first) return done(error ?? new Error(`no address of ${hostname}`), '')
    if (!isLoopback(hostname) && !addresses.every(({ address }) => isPublicAddress(address))) {
      return done(new PrivateAddressError(`expected ${hostname} to have public addresses only, got a private one`), '')
    }
    if (options.all === true) return done(null, addresses satisfies LookupAddress[])
    return done(null, first.address, first.family)
  })
}
