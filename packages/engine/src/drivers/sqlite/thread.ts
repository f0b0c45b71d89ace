/**
 * The store's thread: opens its own connection and runs batches. The writer wraps a batch into one transaction; when one
 * operation throws, the batch is rolled back and run again one by one, so that only the culprit fails.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { migrate, openDatabase, type Db } from './database.ts'
import { readOperations, writeOperations, type Operations } from './operations/index.ts'
import type { Batch, Call, Reply, Result, ThreadSetup } from './protocol.ts'
import { createTally, type Tally } from './tally.ts'

class CommitError extends Error {}
/**
 * Unlike a failed sync this is certain: SQLite undoes the whole transaction when a write finds no room on the disk, and
 * begins none while another connection holds the database.
 */
class NotNowError extends Error {}

const port = parentPort
if (!port) throw new Error('expected to run in a worker thread')
const { folder, mode, busyTimeoutMs } = workerData as ThreadSetup
const db = openDatabase(folder, mode, busyTimeoutMs)
const run = mode === 'write' ? createWriter(db) : createReader(db)

port.on('message', (batch: Batch | 'close') => {
  if (batch === 'close') {
    db.close()
    port.close()
    return
  }
  port.postMessage(reply(batch))
})
port.postMessage({ kind: 'ready' } satisfies Reply)

function reply(batch: Batch): Reply {
  try {
    return { kind: 'results', results: run(batch.calls) }
  } catch (error) {
    return { kind: 'commit-unknown', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

function createReader(connection: Db): (calls: Call[]) => Result[] {
  const operations: Operations = readOperations(connection)
  return (calls) =>
    calls.map((call) => {
      try {
        return [1, invoke(operations, call)]
      } catch (error) {
        return [0, error]
      }
    })
}

function createWriter(connection: Db): (calls: Call[]) => Result[] {
  migrate(connection)
  const tally = createTally(connection)
  const operations: Operations = writeOperations(connection, tally)
  const begin = connection.prepare('BEGIN IMMEDIATE')
  const commit = connection.prepare('COMMIT')

  function transact(calls: Call[]): Result[] {
    try {
      begin.run()
    } catch (error) {
      throw notNow(error) ?? error
    }
    let results: Result[]
    try {
      results = calls.map((call): Result => [1, invoke(operations, call)])
      tally.flush()
    } catch (error) {
      rollBack(connection, tally)
      throw notNow(error) ?? error
    }
    try {
      commit.run()
    } catch (cause) {
      rollBack(connection, tally)
      throw notNow(cause) ?? new CommitError('a commit of the store failed: what it wrote is not known', { cause })
    }
    return results
  }

  return (calls) => {
    try {
      return transact(calls)
    } catch (error) {
      if (error instanceof CommitError) throw error
      if (error instanceof NotNowError) return calls.map(() => [2, error.message])
      if (calls.length === 1) return [[0, error]]
    }
    return calls.map((call) => {
      try {
        return transact([call])[0] as Result
      } catch (error) {
        if (error instanceof CommitError) throw error
        return error instanceof NotNowError ? [2, error.message] : [0, error]
      }
    })
  }
}

function notNow(cause: unknown): NotNowError | null {
  const { code } = cause as { code?: unknown }
  if (code === 'SQLITE_FULL') return new NotNowError('expected room on the disk, got none', { cause })
  if (code === 'SQLITE_BUSY')
    return new NotNowError('expected the database, got one that another program holds', { cause })
  return null
}

function rollBack(connection: Db, tally: Tally): void {
  tally.clear()
  if (connection.inTransaction) connection.exec('ROLLBACK')
}

function invoke(operations: Operations, [name, args]: Call): unknown {
  const operation = operations[name]
  if (!operation) throw new Error(`expected a known store operation, got ${name}`)
  return operation(...args)
}
