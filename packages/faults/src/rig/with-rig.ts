import { openRig, type Rig, type RigOptions } from './rig.ts'

/** Runs a story on a rig of its own. Its folder stays when the story fails. */
export async function withRig<T extends { violations: string[] }>(
  options: RigOptions,
  story: (rig: Rig) => Promise<T>,
): Promise<T> {
  const rig = await openRig(options)
  let kept = true
  try {
    const result = await story(rig)
    kept = result.violations.length > 0
    if (kept) result.violations.push(`what was written down stays in ${rig.folder}`)
    return result
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; see ${rig.folder}`, { cause: error })
  } finally {
    await rig.close({ keep: kept })
  }
}
