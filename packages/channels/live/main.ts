import { liveCheck } from './check.ts'

process.exitCode = await liveCheck(process.argv.slice(2), { env: process.env, print: (line) => console.log(line) })
