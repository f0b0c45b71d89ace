/** Programs in processes of their own: what is measured shares no warm-up, no heap and no event loop with anything. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface ChildOptions {
  /** The program reads it with `given()`. */
  input: unknown
  /** Processors it may run on, as `taskset` takes them: `0,1`. Default: all. */
  cores?: string | undefined
  execArgv?: readonly string[]
}

export interface Child<T> {
  /** What it said first. */
  readonly said: T
  readonly pid: number
  /** Asks a program that answers questions (`answering`). */
  ask<Q extends AnyQuestions, K extends keyof Q & string>(name: K, asked: Q[K]['asked']): Promise<Q[K]['answer']>
  /** Asks it to end by closing the channel, and waits until it has. */
  end(): Promise<void>
  /** Ends it as a crash does. */
  kill(): Promise<void>
}

/** What may be asked, and what is answered. */
export type AnyQuestions = { [name: string]: { asked: unknown; answer: unknown } }

interface Question {
  number: number
  name: string
  asked: unknown
}
type Reply = { number: number } & Answer<unknown>

/** Longest that a program may take for its answer. */
const ANSWER_WITHIN_MS = 20 * 60_000
/** Then it is not asked any more. */
const ENDS_WITHIN_MS = 15_000

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program and waits for its first word. Rejects when it ends before, or answers with an error. */
export async function startChild<T>(program: URL, options: ChildOptions): Promise<Child<T>> {
  const { input, cores, execArgv = [] } = options
  const pinned = cores === undefined ? {} : { execPath: 'taskset' }
  const prefix = cores === undefined ? [] : ['-c', cores, process.execPath]
  const child = fork(program, {
    ...pinned,
    execArgv: [...prefix, '--no-warnings', ...execArgv],
    env: { ...process.env, NODE_ENV: 'production' },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  child.send({ input })
  running.add(child)
  const ended = once(child, 'exit').finally(() => running.delete(child))
  const giveUp = setTimeout(() => child.kill('SIGKILL'), ANSWER_WITHIN_MS)
  const answer = once(child, 'message') as Promise<[Answer<T>]>
  const first = await Promise.race([answer, ended])
  clearTimeout(giveUp)
  const [said] = first as [Answer<T> | number | null]
  if (typeof said !== 'object' || said === null) {
    throw new Error(`expected ${program.pathname} to answer, got its end with ${String(first[0] ?? first[1])}`)
  }
  if ('error' in said) {
    await end()
    throw new Error(said.error)
  }

  async function end(): Promise<void> {
    if (child.connected) child.disconnect()
    const kill = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
    await ended
    clearTimeout(kill)
  }

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await ended
  }

  const waiting = new Map<number, (reply: Reply) => void>()
  child.on('message', (reply: Reply) => {
    waiting.get(reply.number)?.(reply)
    waiting.delete(reply.number)
  })
  let asked = 0

  async function ask(name: string, what: unknown): Promise<never> {
    const number = ++asked
    const answered = new Promise<Reply>((resolve) => waiting.set(number, resolve))
    child.send({ number, name, asked: what } satisfies Question)
    const reply = await Promise.race([answered, ended])
    if (Array.isArray(reply)) throw new Error(`expected ${program.pathname} to answer ${name}, got its end`)
    if ('error' in reply) throw new Error(reply.error)
    return reply.result as never
  }

  return { said: said.result, pid: child.pid as number, ask, end, kill }
}

/** Runs a program to its answer and its end. */
export async function runChild<T>(program: URL, options: ChildOptions): Promise<T> {
  const child = await startChild<T>(program, options)
  await child.end()
  return child.said
}

type Answer<T> = { result: T } | { error: string }

/** In a program: what it was given. */
export async function given<T>(): Promise<T> {
  const [{ input }] = (await once(process, 'message')) as [{ input: T }]
  return input
}

/** In a program, before it has answered: what it answers later. */
export function answering<Q extends AnyQuestions>(answers: {
  [K in keyof Q]: (asked: Q[K]['asked']) => Promise<Q[K]['answer']>
}): void {
  process.on('message', ({ number, name, asked }: Question) => {
    void answerTo(async () => answers[name]?.(asked)).then((answer) => process.send?.({ number, ...answer }))
  })
}

function answerTo<T>(work: () => Promise<T>): Promise<Answer<T>> {
  return work().then(
    (result) => ({ result }),
    (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
}

/**
 * In a program: does its work and answers with the result. `onEnd` runs when the parent has let go of it, or has died;
 * the process ends after it.
 */
export async function answerWith<T>(
  work: () => Promise<T>,
  onEnd: () => Promise<void> = async () => {},
): Promise<void> {
  process.once('disconnect', () => {
    void onEnd().finally(() => process.exit(0))
  })
  process.send?.(await answerTo(work))
}
