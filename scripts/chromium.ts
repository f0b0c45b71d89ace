/** Finds the Chromium that the browser tests drive, or installs it where that is possible without asking. */
import { existsSync } from 'node:fs'
import { aptInstall, canInstall } from './apt.ts'
import { run } from './run.ts'

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** `CHROMIUM` when it is set, else the first that exists; undefined when there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = env['CHROMIUM']
  if (!chosen) return USUAL_PLACES.find((path) => existsSync(path))
  if (!existsSync(chosen)) throw new Error(`expected CHROMIUM to be the path of a browser, got ${chosen}: no such file`)
  return chosen
}

/** Gives the path of a browser, or the one line that tells how to get one. */
export async function ensureChromium(): Promise<{ path: string } | { advice: string }> {
  const found = findChromium()
  const wanted = [...(found ? [] : ['chromium']), ...((await hasChineseFont()) ? [] : ['fonts-noto-cjk'])]
  if (wanted.length > 0 && canInstall()) await aptInstall(wanted)
  const path = found ?? findChromium()
  return path ? { path } : { advice: advice() }
}

/** Without one, screenshots of the Chinese screens show boxes. True where fontconfig cannot be asked (macOS). */
async function hasChineseFont(): Promise<boolean> {
  if (!existsSync('/usr/bin/fc-list')) return process.platform !== 'linux'
  return (await run('fc-list', [':lang=zh', 'family'], { quiet: true })).output.trim() !== ''
}

function advice(): string {
  if (existsSync('/usr/bin/apt-get')) return 'sudo apt-get install -y chromium fonts-noto-cjk'
  if (process.platform === 'darwin') return 'brew install --cask chromium'
  return 'install Chromium or Chrome, and set CHROMIUM to its path if it is in no usual place'
}
