/** Debian's packages, where they can be installed without asking. */
import { existsSync } from 'node:fs'
import { run } from './run.ts'

export const isRoot = (): boolean => process.getuid?.() === 0

export function canInstall(): boolean {
  return isRoot() && existsSync('/usr/bin/apt-get')
}

/** `answers`: lines of debconf, for what a package would ask. */
export async function aptInstall(packages: readonly string[], answers: readonly string[] = []): Promise<void> {
  console.log(`Installing ${packages.join(' and ')} with apt-get …`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  for (const answer of answers) {
    await run('sh', ['-c', 'printf "%s\\n" "$1" | debconf-set-selections', 'sh', answer], { env, quiet: true })
  }
  const update = await run('apt-get', ['update', '-qq'], { env, quiet: true })
  const install = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
    quiet: true,
  })
  if (!install.ok) console.log(lastLines(update.output + install.output))
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('\n')
}
