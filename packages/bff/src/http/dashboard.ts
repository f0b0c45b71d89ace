import express, { Router, type RequestHandler } from 'express'
import { join } from 'node:path'
import { named, sendText } from './reply.ts'

const NOT_BUILT = `The dashboard is not built yet. Build it with

    npx -y pnpm@10.34.9 build

and reload this page. The API works without it: see /docs.
`
/** Their unknown paths are answered in the envelope, not with the page. */
const NOT_PAGES = /^\/(api|docs|assets|metrics|health|openapi\.json|socket\.io)(\/|$)/

/** The built dashboard: hashed files for ever, and `index.html` for every path that its own router knows. */
export function dashboardRouter(folder: string): Router {
  const router = Router()
  router.use(named('dashboard'))
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false, redirect: false }),
  )
  router.use(express.static(folder, { index: false, redirect: false, maxAge: 0 }))
  router.get('/{*path}', page(folder))
  return router
}

function page(folder: string): RequestHandler {
  return (request, response, next) => {
    if (NOT_PAGES.test(request.path)) return next()
    response.setHeader('cache-control', 'no-cache')
    response.sendFile(join(folder, 'index.html'), { cacheControl: false }, (error?: NodeJS.ErrnoException) => {
      if (!error) return
      if (error.code === 'ENOENT') sendText(response, 503, 'text/plain; charset=utf-8', NOT_BUILT)
      else next(error)
    })
  }
}
