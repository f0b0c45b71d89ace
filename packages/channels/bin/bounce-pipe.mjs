#!/usr/bin/env node
/**
 * Hands a bounce to Signalbox. For an alias or a pipe transport of a mail server; any Node from 18 on, no packages.
 *
 *   bounce-pipe.mjs FILE < mail
 *
 * FILE holds the callback address of the service, https://…/callbacks/<service id>/<secret>: on the command line everybody on
 * that machine could read the secret. Exit code 0: what the mail says is on disk, the mail server may forget it. 75
 * (EX_TEMPFAIL): it is not, for whatever reason; the mail server keeps the mail and comes again.
 */
import { readFileSync } from 'node:fs'

const TAKEN = 0
const COME_AGAIN = 75
/** A report is about its first lines; the rest of a large original is read, so that the mail server can write it, and dropped. */
const SENT_AT_MOST_BYTES = 128 * 1024
const TIMEOUT_MS = 30_000

process.exitCode = await pipe().then(
  () => TAKEN,
  (error) => {
    process.stderr.write(`bounce-pipe: ${error.cause?.code ?? error.message}\n`)
    return COME_AGAIN
  },
)

async function pipe() {
  const [file] = process.argv.slice(2)
  const [mail, address] = [await readMail(), readAddress(file)]
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822' },
    body: mail,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`expected the bounce to be taken, got status ${response.status}`)
}

async function readMail() {
  const chunks = []
  let length = 0
  for await (const chunk of process.stdin) {
    if (length < SENT_AT_MOST_BYTES) chunks.push(chunk)
    length += chunk.length
  }
  return Buffer.concat(chunks).subarray(0, SENT_AT_MOST_BYTES)
}

function readAddress(file) {
  if (!file) throw new Error('expected the name of a file that holds the callback address, got none')
  const text = readFileSync(file, 'utf8').trim()
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new Error(`expected ${file} to hold an address`)
  return text
}
