/** Lint rules of this repository that no linter has. Plain JavaScript: the linter loads it as it is. */

const SLEEP =
  'A test waits for what happened (an event, a state on the page), never for time to pass: use once(), expect.poll or a manual clock.'

/** Forbids the three usual ways to sleep; a fake server that answers late may still use setTimeout. */
const noSleep = {
  meta: { type: 'problem' },
  create(context) {
    const report = (node) => context.report({ node, message: SLEEP })
    return {
      ImportDeclaration(node) {
        if (node.source.value.endsWith('timers/promises')) report(node)
      },
      NewExpression(node) {
        if (node.callee.name === 'Promise' && isTimerOnly(node.arguments[0])) report(node)
      },
      CallExpression(node) {
        if (node.callee.property?.name === 'waitForTimeout') report(node)
      },
    }
  },
}

/** `(resolve) => setTimeout(resolve, ...)`, with or without braces. */
function isTimerOnly(executor) {
  const [resolve] = executor?.params ?? []
  const body = executor?.body?.type === 'BlockStatement' ? executor.body.body[0] : executor?.body
  const call = body?.type === 'ExpressionStatement' ? body.expression : body
  return (
    resolve !== undefined &&
    call?.type === 'CallExpression' &&
    call.callee.name === 'setTimeout' &&
    call.arguments[0]?.name === resolve.name
  )
}

export default { meta: { name: 'signalbox' }, rules: { 'no-sleep': noSleep } }
