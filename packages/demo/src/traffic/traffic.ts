/** The demo's traffic: a steady flow, promotions in bursts, and now and then an incident. */
import { messagesPerSecond } from '../day.ts'
import type { Dice } from '../dice.ts'
import type { Chooser } from './choose.ts'
import type { ApiClient } from './client.ts'
import { pause } from './pause.ts'

export interface TrafficOptions {
  client: ApiClient
  chooser: Chooser
  dice: Dice
  timeZone: string
  /** Scales flow and bursts; 1 is the day's curve. */
  rate: number
  signal: AbortSignal
}

/** Requests of the steady flow that may be under way; a slow server gets fewer, not more. */
const MOST_UNDER_WAY = 64

/** Runs until the signal aborts and what is under way has been answered. */
export async function runTraffic(options: TrafficOptions): Promise<void> {
  await Promise.all([steadyFlow(options), promotions(options), incidents(options)])
}

async function steadyFlow({ client, chooser, dice, timeZone, rate, signal }: TrafficOptions): Promise<void> {
  const underWay = new Set<Promise<boolean>>()
  // The next departure is reckoned from the last one, not from when its timer fired, so that the flow keeps its rate.
  let next = Date.now()
  while (!signal.aborted) {
    next = Math.max(next + dice.gapMs(messagesPerSecond(Date.now(), timeZone) * rate), Date.now() - 1000)
    if (next > Date.now()) await pause(next - Date.now(), signal)
    if (signal.aborted) break
    if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay)
    const body = chooser.single()
    if (!body) return
    const sending = client.send(body).finally(() => underWay.delete(sending))
    underWay.add(sending)
  }
  await Promise.all(underWay)
}

async function promotions({ client, chooser, dice, rate, signal }: TrafficOptions): Promise<void> {
  await pause(dice.between(12, 20) * 1000, signal)
  while (!signal.aborted) {
    const batch = chooser.promotion(rate)
    if (!batch) return
    await client.sendBatch(batch)
    await pause(dice.between(60, 120) * 1000, signal)
  }
}

async function incidents({ client, chooser, dice, signal }: TrafficOptions): Promise<void> {
  await pause(dice.between(30, 45) * 1000, signal)
  while (!signal.aborted) {
    await Promise.all(chooser.incident().map((body) => client.send(body)))
    await pause(dice.between(180, 360) * 1000, signal)
  }
}
