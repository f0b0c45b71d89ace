/** `--move-to-postgres`: carries the data folder into PostgreSQL, while no server runs on either. */
import type { Env } from './env.ts'

type Note = (level: 'info' | 'warn', message: string) => void

export const MOVE_COMMANDS: Readonly<Record<string, (env: Env, note: Note) => Promise<string>>> = {
  async '--move-to-postgres'({ dataDir, databaseUrl, databaseSchema, keyIsGiven }, note) {
    if (databaseUrl === undefined) throw new Error('expected DATABASE_URL to say where to move to, got nothing')
    // Who never moves never loads PostgreSQL's client.
    const { moveToPostgres } = await import('@signalbox/engine/move')
    const { rows } = await moveToPostgres({
      ...{ folder: dataDir, url: databaseUrl, ...(databaseSchema === undefined ? {} : { schema: databaseSchema }) },
      onProgress: (line) => note('info', line),
    })
    const key = keyIsGiven
      ? 'MASTER_KEY stays what it is'
      : 'the master key stays in DATA_DIR, or where MASTER_KEY_FILE says'
    return `Moved ${rows} rows of ${dataDir} into PostgreSQL; both sides are the same. Start with DATABASE_URL from now on; ${key}. The folder is as it was.`
  },
}
