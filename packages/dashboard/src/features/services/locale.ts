export { en } from './locale.en.ts'
export { zh } from './locale.zh.ts'
