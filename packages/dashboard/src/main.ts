import './zod-without-eval.ts'
import './ui/tokens.css'
import './ui/base.css'
import './ui/element-plus.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n/index.ts'
import { router } from './router.ts'

createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
