/** The whole product over HTTP beside a server that only echoes, in Express and without it. */
import { exitOnSignal } from '../interrupt.ts'
import { describeMachine, versionOf } from '../machine.ts'
import { isKept, readOptions } from '../options.ts'
import { printReport, saveReport } from '../results.ts'
import { rotated } from '../statistics.ts'
import { measureEcho, measureProduct, type Accepting, type Product } from './measures.ts'
import { describeAccepting, describeProcessorTime, describeProduct } from './report.ts'

const ROUNDS = 3
const SIZES = { warmUpMs: 2_000, ms: 5_000 }
const QUICK_SIZES = { warmUpMs: 500, ms: 1_000 }

exitOnSignal()
const options = readOptions(ROUNDS)
const sizes = options.quick ? QUICK_SIZES : SIZES
const machine = describeMachine()
const program = (name: string) => new URL(`./servers/${name}.ts`, import.meta.url)

const signalbox: Product[] = []
const express: Accepting[] = []
const bare: Accepting[] = []
const turns: readonly { name: string; take(): Promise<Accepting> }[] = [
  { name: 'Signalbox', take: async () => kept(signalbox, await measureProduct(program('signalbox'), sizes)) },
  { name: 'Express', take: async () => kept(express, await measureEcho(program('express'), sizes)) },
  { name: 'node:http', take: async () => kept(bare, await measureEcho(program('node-http'), sizes)) },
]
for (let round = 0; round < options.rounds; round++) {
  for (const { name, take } of rotated(turns, round)) {
    const { at100 } = await take()
    console.log(`round ${round + 1} of ${options.rounds}: ${name}, ${at100.toFixed(0)} requests/s with 100 in flight`)
  }
}

const report = {
  name: 'product',
  title: 'The whole product over HTTP',
  machine,
  parts: [
    `${options.rounds} rounds, each server in each of them in a fresh process, the order rotated; the load comes from a process of its own on the same machine. POST of about 300 bytes of JSON for ${sizes.ms / 1000} s after ${sizes.warmUpMs / 1000} s of warm-up. With express ${versionOf('express')}.`,
    describeAccepting(signalbox, express, bare),
    describeProcessorTime(signalbox, express, bare),
    describeProduct(signalbox),
    'Signalbox validates, commits durably, answers 202, and sends through the sandbox (0 ms, which keeps a copy) with template, trace and statistics meanwhile; the default rate limits are raised by SQL. The others echo the parsed body.',
  ],
  raw: { signalbox, express, bare },
}
printReport(report)
if (isKept(options)) saveReport(report)

function kept<T>(list: T[], value: T): T {
  list.push(value)
  return value
}
