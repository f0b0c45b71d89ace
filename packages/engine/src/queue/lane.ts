import type { Channel } from '@signalbox/contracts'

/** Lanes of messages are named `<channel>/<flow>`: a blocked channel then blocks whole lanes, never single messages. */
export function laneOf(channel: Channel, flow: string): string {
  return `${channel}/${flow}`
}

/** What blocks a lane: the channel of messages, the whole name of a lane of jobs. */
export function gateOf(lane: string): string {
  const slash = lane.indexOf('/')
  return slash < 0 ? lane : lane.slice(0, slash)
}
