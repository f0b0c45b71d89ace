/** How long the stages of a channel took, from a sample of its traces. */
import type { Channel, TraceNodeName } from '@signalbox/contracts'
import { firstIdAt } from '../../../ids.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import { decodeNodes } from '../../shared/nodes.ts'

/** The time is sampled at so many points, so many traces from each. */
const POINTS = 40
const PER_POINT = 100

export function durationReads(db: Db, { months, days }: Partitions) {
  const isOfChannel = months.reading((month) => {
    const found = db.prepare<[number, Channel], number>(`SELECT 1 FROM messages_${month} WHERE id = ? AND channel = ?`)
    return found.pluck()
  })

  function sampleOf(day: string, from: number, to: number): { message_id: number; nodes: string }[] {
    const next = db.prepare<[number, number, number], { message_id: number; nodes: string }>(
      `SELECT message_id, nodes FROM traces_${day} WHERE message_id >= ? AND message_id < ? ORDER BY message_id LIMIT ?`,
    )
    const width = (to - from) / POINTS
    return Array.from({ length: POINTS }, (_, i) =>
      next.all(firstIdAt(Math.floor(from + i * width)), firstIdAt(Math.floor(from + (i + 1) * width)), PER_POINT),
    ).flat()
  }

  return {
    durations: db.transaction((channel: Channel, from: number, to: number): Record<TraceNodeName, number[]> => {
      const durations: Record<TraceNodeName, number[]> = { queue: [], process: [], send: [], callback: [] }
      const since = days.list().filter((day) => day.to > from)
      const receipts = since.map(({ name }) =>
        db
          .prepare<[number], number | null>(
            `SELECT min(at) FROM receipts_${name} WHERE message_id = ? AND state <> 'delayed'`,
          )
          .pluck(),
      )
      for (const { name } of since) {
        for (const { message_id: id, nodes } of sampleOf(name, from, to)) {
          if (isOfChannel(id)?.get(id, channel) === undefined) continue
          for (const node of decodeNodes(nodes)) {
            if (node.status === 'pending') {
              const told = receipts.map((first) => first.get(id)).filter((at) => typeof at === 'number')
              if (told.length > 0) durations.callback.push(Math.max(0, Math.min(...told) - node.startedAt))
            } else if (node.status === 'succeeded' && node.finishedAt !== null) {
              durations[node.name].push(node.finishedAt - node.startedAt)
            }
          }
        }
      }
      return durations
    }) as (channel: Channel, from: number, to: number) => Record<TraceNodeName, number[]>,
  }
}
