import { serveTasks } from '../../src/workers/serve-tasks.ts'

export type TestTask =
  | { do: 'echo'; value: unknown }
  | { do: 'spin' }
  | { do: 'throw'; message: string }
  | { do: 'exit' }
  | { do: 'answer-function' }

/** What the threads of the tests can do, good and bad. */
serveTasks((task: TestTask): unknown => {
  switch (task.do) {
    case 'echo':
      return task.value
    case 'spin':
      for (;;);
    case 'throw':
      throw new TypeError(task.message)
    case 'exit':
      return process.exit(7)
    case 'answer-function':
      return () => undefined
  }
})
