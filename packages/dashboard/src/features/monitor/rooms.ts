/** Which rooms of the socket a viewer sits in. */
import type { FeedRoom, Range, StatsRoom } from '@signalbox/contracts'

export function statsRoomOf(range: Range, slow: boolean): StatsRoom {
  const room = slow ? 'slow' : 'stats'
  return range === 'today' ? room : `${room}:${range}`
}

export function feedRoomOf(slow: boolean): FeedRoom {
  return slow ? 'slow:feed' : 'feed'
}
