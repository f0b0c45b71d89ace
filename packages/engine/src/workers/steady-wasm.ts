/**
 * Node takes the types out of our sources with a WebAssembly module, in each thread anew. After 1,000 calls V8 compiles
 * the wrapper around such a module's imports, and frees the one before; while another thread that shares the module ends, this
 * frees what is gone already, and the process dies (SIGSEGV in `NativeModule::FreeCode`, seen with Node 24.21, V8 13.6, in
 * about one of eight processes that open and close several engines quickly). So the wrappers stay as they begin: taking out
 * types is over within a second.
 *
 * The crash itself comes too seldom for a test: what is tested is that V8 knows the flag and has it before a thread starts.
 */
import { setFlagsFromString } from 'node:v8'

let steady = false

/** To be called before a thread is started. */
export function keepWasmWrappers(): void {
  if (steady) return
  steady = true
  setFlagsFromString('--wasm-wrapper-tiering-budget=2147483647')
}
