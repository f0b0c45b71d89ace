import vue from '@vitejs/plugin-vue'
import components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vitest/config'

const BFF = `http://127.0.0.1:${process.env['PORT'] ?? 8000}`
/** What the BFF answers itself; everything else is the dashboard's. The Host header stays ours: the BFF knows it. */
const BFF_PATHS = ['/api', '/health', '/metrics', '/docs', '/openapi.json']

export default defineConfig({
  plugins: [
    vue(),
    // Element Plus alone: our own components are imported by name, so that a reader finds them.
    components({
      dirs: [],
      resolvers: [ElementPlusResolver()],
      dts: process.env['VITEST'] ? false : 'components.d.ts',
    }),
  ],
  server: {
    host: 'localhost',
    port: 5173,
    strictPort: true,
    proxy: {
      ...Object.fromEntries(BFF_PATHS.map((path) => [path, { target: BFF }])),
      '/socket.io': { target: BFF, ws: true },
    },
  },
  define: {
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    // Small images stay files: the CSP then needs no exception for them.
    assetsInlineLimit: 0,
    // ECharts, tree-shaken, is above the default; its budget is 220 KB gzip.
    chunkSizeWarningLimit: 650,
    rolldownOptions: {
      output: {
        // Chunks by rate of change, and so that each budget can be read off the build's report.
        codeSplitting: {
          groups: [
            { name: 'echarts', test: /node_modules[\\/](echarts|zrender|vue-echarts)[\\/]/ },
            {
              name: 'codemirror',
              test: /node_modules[\\/](@codemirror|@lezer|style-mod|crelt|w3c-keyname|@marijn)[\\/]/,
            },
            { name: 'socket', test: /node_modules[\\/](socket\.io|engine\.io)/ },
            { name: 'zod', test: /node_modules[\\/]zod[\\/]/ },
            { name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router|vue-i18n|@intlify|pinia)[\\/]/ },
          ],
        },
      },
    },
  },
  test: {
    name: 'dashboard',
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
  },
})
