/** A process that brings a data folder to the newest shape and is killed just before the old tables go. */
import { migrate, openDatabase } from '../../src/drivers/sqlite/database.ts'

const db = openDatabase(process.argv[2] ?? '', 'write')
db.function('dies', () => process.kill(process.pid, 'SIGKILL'))
const exec = db.exec.bind(db)
db.exec = (sql) => exec(sql.replace('DROP TABLE message_states;', 'SELECT dies();'))
migrate(db)
