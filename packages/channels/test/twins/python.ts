import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a Python program prints, without the line end. Signatures of twins are made by it, independently of node:crypto. */
export async function python(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('python3', ['-I', '-c', program, ...args])
  return stdout.trimEnd()
}

/** Base64 of the HMAC-SHA256 of `message` under `key`, both UTF-8. */
export function pythonHmacSha256(key: string, message: string): Promise<string> {
  return python(
    'import base64, hashlib, hmac, sys\n' +
      'key, message = (arg.encode() for arg in sys.argv[1:3])\n' +
      'print(base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode())',
    key,
    message,
  )
}
