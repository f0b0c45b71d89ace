/** Runs in the page, before anything of it: what the page notes of itself. `Notes` in browser.ts is its type. */
const notes = { frames: [], long: [], lcp: 0, cls: 0, inp: 0, firstData: 0 }
window.notes = notes

function observe(type, take, options = {}) {
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...options })
}
observe('longtask', ({ duration }) => notes.long.push(duration))
observe('largest-contentful-paint', ({ startTime }) => (notes.lcp = startTime))
observe('event', ({ duration }) => (notes.inp = Math.max(notes.inp, duration)), { durationThreshold: 16 })
observe('layout-shift', ({ value, hadRecentInput }) => {
  if (!hadRecentInput) notes.cls += value
})

function lookForFigure(now) {
  const figure = document.querySelector('[data-testid="figure"]')?.textContent ?? ''
  if (/\d/.test(figure)) notes.firstData = now
}

function frame(now) {
  notes.frames.push(now)
  if (notes.frames.length > 4000) notes.frames.splice(0, 2000)
  if (notes.firstData === 0) lookForFigure(now)
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)

/** Resolves with the time at which the row of that message stands on the screen. */
window.seen = async (recordId) => {
  const painted = () => new Promise((resolve) => requestAnimationFrame(resolve))
  while (!document.querySelector(`[data-record-id="${recordId}"]`)) await painted()
  // In the DOM; on the screen with the next frame.
  await painted()
  return performance.timeOrigin + performance.now()
}
