import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './engine.ts'

export interface SmallDisk {
  readonly folder: string
  /** Takes every free byte. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
}

const MEGABYTES = 4

/** Mounting takes root on Linux. */
export function smallDiskMissing(): boolean {
  return process.platform !== 'linux' || process.getuid?.() !== 0
}

/** A disk of 4 MB, unmounted when the test ends. */
export function mountSmallDisk(): SmallDisk {
  const folder = temporaryFolder()
  const ballast = join(folder, 'ballast')
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', folder])
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
  return {
    folder,
    fill() {
      try {
        writeFileSync(ballast, Buffer.alloc(MEGABYTES * 1024 * 1024))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    free: () => rmSync(ballast),
  }
}
