/** How many leave before an entry, from the order of turns as it stands now. Pure; costs one walk over the lanes. */
import type { LaneTurn } from './standing.ts'
import { gateOf } from './lane.ts'
import type { Entry } from './store.ts'

export interface Rank {
  /** How many leave before it, the sum of the three below, if its gate were open and nothing else came or was cancelled. */
  ahead: number
  /** False: at least so many. The lane is too long to be counted, or some of `held` may come free before its turn. */
  exact: boolean
  /** Of a higher priority. */
  higher: number
  /** By the turns of the other lanes of its priority, one message each; workers that are free in numbers make them longer. */
  turns: number
  /** Before it in its own lane. */
  lane: number
  /** Of its priority or higher behind other closed gates; not in `ahead`. */
  held: number
}

/** Where it stands in its own lane; `exact` false when at least so many are before it. */
export interface PlaceInLane {
  ahead: number
  exact: boolean
}

export function rankOf(entry: Entry, place: PlaceInLane, order: readonly LaneTurn[]): Rank {
  const gate = gateOf(entry.lane)
  const rank: Rank = { ahead: 0, exact: place.exact, higher: 0, turns: 0, lane: place.ahead, held: 0 }
  let reached = false
  for (const lane of order) {
    if (lane.priority < entry.priority) break
    if (lane.priority === entry.priority && lane.lane === entry.lane) {
      reached = true
      continue
    }
    if (lane.closed && lane.gate !== gate) {
      rank.held += lane.size
      continue
    }
    if (lane.priority > entry.priority) rank.higher += lane.size
    // It leaves in its lane's turn number `place + 1`; lanes whose turn comes first have had one more by then.
    else rank.turns += Math.min(lane.size, reached ? place.ahead : place.ahead + 1)
  }
  if (rank.held > 0) rank.exact = false
  rank.ahead = rank.higher + rank.turns + rank.lane
  return rank
}
