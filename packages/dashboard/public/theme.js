// Dark or light before the first paint: what was chosen here, else what the system prefers. See src/shell/preferences.ts.
;(function () {
  var chosen = null
  try {
    chosen = localStorage.getItem('signalbox.theme')
  } catch {
    // Storage is forbidden: the system decides.
  }
  var dark = chosen ? chosen === 'dark' : !matchMedia('(prefers-color-scheme: light)').matches
  document.documentElement.className = dark ? 'dark' : 'light'
})()
