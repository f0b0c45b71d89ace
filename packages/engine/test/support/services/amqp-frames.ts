/** Frames of AMQP 0-9-1 (section 2.3 of its specification) in a stream of bytes, to keep some of them back. */

const HEADER_BYTES = 7
const FRAME_END_BYTES = 1
const METHOD_FRAME = 1
/** Class 60, methods 80 and 120: the broker has a publish, or could not take it. */
const CONFIRMS: ReadonlySet<number> = new Set([(60 << 16) + 80, (60 << 16) + 120])

/** For the broker's side of a connection from its beginning: confirms pass when they are not kept back, else later and in their order. */
export function confirmFilter(keepsBack: () => boolean): (bytes: Buffer) => Buffer {
  const kept: Buffer[] = []
  /** The beginning of a frame whose end has not come. */
  let begun = Buffer.alloc(0)

  return (bytes) => {
    const passes: Buffer[] = keepsBack() ? [] : kept.splice(0)
    begun = Buffer.concat([begun, bytes])
    while (begun.length >= HEADER_BYTES) {
      const size = HEADER_BYTES + begun.readUInt32BE(3) + FRAME_END_BYTES
      if (begun.length < size) break
      const frame = begun.subarray(0, size)
      begun = begun.subarray(size)
      if (keepsBack() && isConfirm(frame)) kept.push(frame)
      else passes.push(frame)
    }
    return Buffer.concat(passes)
  }
}

function isConfirm(frame: Buffer): boolean {
  return frame[0] === METHOD_FRAME && CONFIRMS.has(frame.readUInt32BE(HEADER_BYTES))
}
