const en = { title: 'Monitor' }
const zh: typeof en = { title: '监控' }
export { en, zh }
