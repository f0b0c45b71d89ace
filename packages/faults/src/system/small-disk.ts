/** A disk of a few megabytes that can be filled and given space again. Mounting takes root. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  readonly folder: string
  /** Takes every free byte. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
  unmount(): void
}

const MEGABYTES = 16

/** Why there can be none here, or null. */
export function smallDiskMissing(): string | null {
  if (process.platform !== 'linux') return 'a small disk is a tmpfs: Linux only'
  if (process.getuid?.() !== 0) return 'mounting a small disk needs root'
  try {
    mountSmallDisk().unmount()
    return null
  } catch (error) {
    return `a small disk cannot be mounted here: ${error instanceof Error ? error.message : String(error)}`
  }
}

export function mountSmallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-disk-'))
  const ballast = join(folder, 'ballast')
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', folder], { stdio: 'pipe' })
  const unmount = () => {
    process.off('exit', unmount)
    // Lazily: what a process that was killed held may take an instant to go.
    execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' })
    rmSync(folder, { recursive: true, force: true })
  }
  // A run that is broken off must not leave it mounted.
  process.once('exit', unmount)
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'a')
      try {
        writeUntilFull(file)
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(ballast, { force: true }),
    unmount,
  }
}

function writeUntilFull(file: number): void {
  for (let size = 65_536; size >= 1;) {
    try {
      writeSync(file, Buffer.alloc(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      size = Math.floor(size / 2)
    }
  }
}
