// Plain old JavaScript on purpose: it must run on any Node, to say in one line which Node is needed.
var needed = 24
var running = process.versions.node

if (Number(running.split('.')[0]) < needed) {
  console.error(
    'Signalbox needs Node ' +
      needed +
      ' or newer, got ' +
      running +
      ' (' +
      process.platform +
      ' ' +
      process.arch +
      '). ' +
      'The packages bring one for Linux (x64, arm64), macOS (arm64, x64) and Windows (x64); ' +
      'elsewhere install Node ' +
      needed +
      ' from https://nodejs.org and run the command again.',
  )
  process.exit(1)
}
