import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's name, for the document's title. */
    title: string
  }
}

const TemplateEditorPage = () => import('./features/templates/TemplateEditorPage.vue')
const ServiceEditorPage = () => import('./features/services/ServiceEditorPage.vue')
const TracesPage = () => import('./features/traces/TracesPage.vue')

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/monitor' },
  {
    path: '/monitor',
    component: () => import('./features/monitor/MonitorPage.vue'),
    meta: { title: 'shell.nav.monitor' },
  },
  {
    path: '/templates',
    component: () => import('./features/templates/TemplatesPage.vue'),
    meta: { title: 'shell.nav.templates' },
  },
  { path: '/templates/:id', component: TemplateEditorPage, props: true, meta: { title: 'shell.nav.templates' } },
  { path: '/traces', component: TracesPage, meta: { title: 'shell.nav.traces' } },
  { path: '/traces/:id', component: TracesPage, props: true, meta: { title: 'shell.nav.traces' } },
  {
    path: '/messages',
    component: () => import('./features/messages/MessagesPage.vue'),
    meta: { title: 'shell.nav.messages' },
  },
  {
    path: '/services',
    component: () => import('./features/services/ServicesPage.vue'),
    meta: { title: 'shell.nav.services' },
  },
  { path: '/services/:id', component: ServiceEditorPage, props: true, meta: { title: 'shell.nav.services' } },
  {
    path: '/suppressions',
    component: () => import('./features/suppressions/SuppressionsPage.vue'),
    meta: { title: 'shell.nav.suppressions' },
  },
  {
    path: '/sandbox',
    component: () => import('./features/sandbox/SandboxPage.vue'),
    meta: { title: 'shell.nav.sandbox' },
  },
  {
    path: '/settings',
    component: () => import('./features/settings/SettingsPage.vue'),
    meta: { title: 'shell.nav.settings' },
  },
  { path: '/:path(.*)*', component: () => import('./shell/NotFoundPage.vue'), meta: { title: 'shell.notFound.title' } },
]

export const router = createRouter({ history: createWebHistory(), routes })
