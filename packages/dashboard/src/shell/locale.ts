const en = {
  product: 'Signalbox',
  skip: 'Skip to the content',
  nav: { label: 'Screens', monitor: 'Monitor', templates: 'Templates', traces: 'Traces' },
  link: {
    connecting: 'connecting',
    connected: 'live',
    disconnected: 'disconnected',
    age: 'figures {age} old',
  },
  language: 'Language',
  theme: { dark: 'Dark', light: 'Light', toDark: 'Switch to dark', toLight: 'Switch to light' },
  demo: 'Demo data',
  demoHint: 'Services, traffic and history are made up; nothing reaches real people.',
  sandbox: 'Sandbox: {channels}',
  sandboxHint: 'Messages on these channels are kept in the sandbox and not really sent.',
  noServices: 'No service yet',
  noServicesHint: 'No channel has a service that is enabled: messages are accepted and wait.',
  notFound: { title: 'There is no such page', hint: 'The address leads nowhere in this installation.' },
}

const zh: typeof en = {
  product: '信号楼',
  skip: '跳到正文',
  nav: { label: '页面', monitor: '监控', templates: '模板', traces: '链路' },
  link: {
    connecting: '连接中',
    connected: '实时',
    disconnected: '已断开',
    age: '数据已有 {age}',
  },
  language: '语言',
  theme: { dark: '深色', light: '浅色', toDark: '切换到深色', toLight: '切换到浅色' },
  demo: '演示数据',
  demoHint: '发送服务、流量和历史都是虚构的，不会发给任何真实的人。',
  sandbox: '沙箱：{channels}',
  sandboxHint: '这些渠道的消息只保存在沙箱里，并不真正发送。',
  noServices: '尚无发送服务',
  noServicesHint: '没有渠道启用了发送服务：消息会被接收并等待。',
  notFound: { title: '没有这个页面', hint: '这个地址在本系统中不存在。' },
}

export { en, zh }
