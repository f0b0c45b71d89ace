import type { TaskRecord, TaskStore } from './store.ts'
import type { TaskProgress, Tasks } from './tasks.ts'

export function createTasks(store: TaskStore): Tasks {
  return {
    async progress(taskId) {
      const task = await store.get(taskId)
      return task ? progressOf(task) : null
    },
  }
}

/** What an operator wants to know of a task, from its counts. Pure. */
export function progressOf(task: TaskRecord): TaskProgress {
  const count = (...states: (keyof TaskRecord['counts'])[]) =>
    states.reduce((sum, state) => sum + (task.counts[state] ?? 0), 0)
  const pending = count('scheduled', 'queued', 'sending')
  const sent = count('sent', 'delivered', 'read')
  const failed = count('failed', 'expired', 'cancelled', 'unknown')
  const elapsedMs = task.firstClaimedAt === null ? 0 : task.updatedAt - task.firstClaimedAt
  const throughput = elapsedMs > 0 ? ((sent + failed) * 1000) / elapsedMs : null
  return {
    taskId: task.id,
    status: pending === 0 ? 'completed' : 'running',
    total: task.total,
    sent,
    pending,
    failed,
    counts: task.counts,
    avgWaitMs: task.waitCount > 0 ? task.waitMsSum / task.waitCount : null,
    throughput,
    estimatedCompletionAt: pending > 0 && throughput ? task.updatedAt + (pending / throughput) * 1000 : null,
    lastActivityAt: task.updatedAt,
  }
}
