/**
 * The store's thread: opens its own connection and runs the calls that cross to it. The writer takes all that have arrived
 * while it was committing into one transaction; when one of them throws, the transaction is rolled back and they are run
 * again one by one, so that only the culprit fails.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { migrate, openDatabase, type Db } from './database.ts'
import { readOperations, writeOperations, type Operations } from './operations/index.ts'
import { openLog } from './operations/log.ts'
import { restoreResidents } from './operations/queue.ts'
import { openPartitions } from './partitions.ts'
import type { Batch, Failure, Reply, ThreadSetup } from './protocol.ts'
import { openRecipientIndex, recentMemory } from './recipients.ts'
import { createTally } from './tally.ts'

class CommitError extends Error {}
/**
 * Unlike a failed sync this is certain: SQLite undoes the whole transaction when a write finds no room on the disk, and
 * begins none while another connection holds the database.
 */
class NotNowError extends Error {}

/** Calls in one transaction at most: bounds what comes after. */
const TRANSACTION_CALLS = 2_000

const port = parentPort
if (!port) throw new Error('expected to run in a worker thread')
const { folder, mode, busyTimeoutMs, recent = recentMemory() } = workerData as ThreadSetup
const db = openDatabase(folder, mode, busyTimeoutMs)
const { operations, run, close } = mode === 'write' ? createWriter(db) : createReader(db)
const names = Object.keys(operations)
const runs = Object.values(operations)

/** Set when a commit failed: nothing more is written, also of what has crossed already. */
let ended = false

port.on('message', (first: Batch | 'close') => {
  const { tasks, closing } = arrived(first)
  for (let from = 0; from < tasks.length && !ended; from += TRANSACTION_CALLS) {
    port.postMessage(reply(tasks.slice(from, from + TRANSACTION_CALLS)))
  }
  if (!closing) return
  close()
  port.close()
})
port.postMessage({ kind: 'ready', operations: names } satisfies Reply)

/** One call, ready to run. */
type Task = () => unknown

interface Results {
  values: unknown[]
  failures: Failure[]
}

/** The calls of this message and of those behind it, until there are enough for a transaction. */
function arrived(first: Batch | 'close'): { tasks: Task[]; closing: boolean } {
  const tasks: Task[] = []
  let message: Batch | 'close' | undefined = first
  while (message !== undefined && message !== 'close') {
    addTasks(tasks, message)
    message = tasks.length < TRANSACTION_CALLS ? receiveMessageOnPort(port as MessagePort)?.message : undefined
  }
  return { tasks, closing: message === 'close' }
}

function addTasks(tasks: Task[], batch: Batch): void {
  for (let at = 0; at < batch.length;) {
    const operation = runs[batch[at] as number]
    const end = at + 2 + (batch[at + 1] as number)
    const args = batch.slice(at + 2, end)
    tasks.push(() => {
      if (!operation) throw new Error('expected a known store operation, got none')
      return operation(...args)
    })
    at = end
  }
}

function reply(tasks: Task[]): Reply {
  try {
    return { kind: 'results', calls: tasks.length, ...run(tasks) }
  } catch (error) {
    ended = true
    return { kind: 'commit-unknown', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

function oneByOne(tasks: Task[], runOne: (task: Task) => unknown): Results {
  const failures: Failure[] = []
  const values = tasks.map((task, i) => {
    try {
      return runOne(task)
    } catch (error) {
      if (error instanceof CommitError) throw error
      failures.push(error instanceof NotNowError ? [i, 'not-now', error.message] : [i, 'failed', error])
      return null
    }
  })
  return { values, failures }
}

interface Runner {
  operations: Operations
  run(tasks: Task[]): Results
  close(): void
}

function createReader(connection: Db): Runner {
  const partitions = openPartitions(connection)
  const log = openLog(connection)
  /** What was prepared for a partition fails once the writer has dropped it: looked up again, it is not there. */
  function read(task: Task): unknown {
    try {
      return task()
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('no such table')) throw error
      partitions.clear()
      return task()
    }
  }
  return {
    operations: readOperations(connection, partitions, recent, log.operations),
    run: (tasks) => oneByOne(tasks, read),
    close() {
      log.close()
      connection.close()
    },
  }
}

function createWriter(connection: Db): Runner {
  migrate(connection)
  const partitions = openPartitions(connection)
  restoreResidents(connection, partitions)
  const tally = createTally(connection, partitions)
  const recipients = openRecipientIndex(connection, partitions, recent)
  const begin = connection.prepare('BEGIN IMMEDIATE')
  const commit = connection.prepare('COMMIT')

  function rollBack(): void {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    for (const part of [tally, recipients, partitions]) part.clear()
  }

  function transact<T>(work: () => T): T {
    try {
      begin.run()
    } catch (error) {
      throw notNow(error) ?? error
    }
    let result: T
    try {
      result = work()
      tally.flush()
      recipients.flush()
    } catch (error) {
      rollBack()
      throw notNow(error) ?? error
    }
    try {
      commit.run()
    } catch (cause) {
      rollBack()
      throw notNow(cause) ?? new CommitError('a commit of the store failed: what it wrote is not known', { cause })
    }
    recipients.committed()
    return result
  }

  return {
    operations: writeOperations(connection, tally, partitions, recipients),
    run(tasks) {
      try {
        return { values: transact(() => tasks.map((task) => task())), failures: [] }
      } catch (error) {
        if (error instanceof CommitError) throw error
        if (error instanceof NotNowError) {
          return { values: [], failures: tasks.map((_, i) => [i, 'not-now', error.message]) }
        }
        if (tasks.length === 1) return { values: [], failures: [[0, 'failed', error]] }
      }
      return oneByOne(tasks, (task) => transact(task))
    },
    close: () => void connection.close(),
  }
}

function notNow(cause: unknown): NotNowError | null {
  const { code } = cause as { code?: unknown }
  if (code === 'SQLITE_FULL') return new NotNowError('expected room on the disk, got none', { cause })
  if (code === 'SQLITE_BUSY')
    return new NotNowError('expected the database, got one that another program holds', { cause })
  return null
}
