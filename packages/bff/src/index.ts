export { createApp, type AppDeps } from './app.ts'
export { startServer, type RunningServer, type ServerOptions } from './server.ts'
export { addSandboxServices } from './sandbox-services.ts'
export { stopOnSignal } from './stop-on-signal.ts'
