import { config } from 'zod'

// The CSP forbids eval. Zod would probe for it, and the browser would report the probe.
config({ jitless: true })
