/** Swagger UI at /docs, from the package's own files: nothing is loaded from elsewhere and no script stands in the page. */
import express, { Router } from 'express'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { named, sendText } from '../http/reply.ts'

const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Signalbox API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  presets: [SwaggerUIBundle.presets.apis],
})
`

export function docsRouter(): Router {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const router = Router()
  router.use(named('/docs'))
  router.get('/', (_request, response) => sendText(response, 200, 'text/html; charset=utf-8', page))
  router.get('/start.js', (_request, response) => sendText(response, 200, 'text/javascript; charset=utf-8', start))
  const files = express.static(folder, { index: false, redirect: false, maxAge: '1d' })
  for (const file of SWAGGER_FILES) router.get(`/${file}`, files)
  return router
}
