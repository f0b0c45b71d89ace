const en = {
  product: 'Signalbox',
  skip: 'Skip to the content',
  nav: {
    label: 'Screens',
    monitor: 'Monitor',
    messages: 'Messages',
    templates: 'Templates',
    traces: 'Traces',
    services: 'Services',
    suppressions: 'Suppressions',
    sandbox: 'Sandbox',
    settings: 'Settings',
    more: 'More',
  },
  lookUp: {
    label: 'Look up a trace id or record id, a recipient or an idempotency key',
    placeholder: 'Id, recipient or key',
  },
  link: {
    connecting: 'connecting',
    connected: 'live',
    disconnected: 'disconnected',
    age: 'figures {age} old',
    current: 'every {age}',
  },
  /** In the tab's title. */
  state: { alert: '▲ {n} alert | ▲ {n} alerts', disconnected: '✕ no connection', past: '◂ earlier' },
  language: '切换到中文',
  theme: { dark: 'Switch to dark', light: 'Switch to light' },
  demo: { badge: 'DEMO DATA', hint: 'Services, traffic and history are made up; nothing reaches real people.' },
  sandbox: {
    all: 'Sandbox: nothing really leaves',
    some: 'Sandbox: {channels}',
    count: 'Sandbox: {n} channels',
    hint: 'Messages on these channels are kept in the sandbox and not really sent.',
  },
  noServices: {
    badge: 'No service yet',
    hint: 'No channel has a service that is enabled: messages are accepted and wait.',
  },
  problem: { refused: 'Setting refused: {row}.', kept: 'The last good value stays in force.' },
  notFound: { title: 'There is no such page', hint: 'The address leads nowhere in this installation.' },
}

const zh: typeof en = {
  product: '信号楼',
  skip: '跳到正文',
  nav: {
    label: '页面',
    monitor: '监控',
    messages: '消息',
    templates: '模板',
    traces: '链路',
    services: '发送服务',
    suppressions: '停发名单',
    sandbox: '沙箱',
    settings: '设置',
    more: '更多',
  },
  lookUp: { label: '按链路 ID、记录 ID、接收人或幂等键查询', placeholder: 'ID、接收人或幂等键' },
  link: {
    connecting: '连接中',
    connected: '实时',
    disconnected: '已断开',
    age: '数据停在 {age}前',
    current: '每 {age}',
  },
  state: { alert: '▲ {n} 个告警 | ▲ {n} 个告警', disconnected: '✕ 无连接', past: '◂ 回看' },
  language: 'Switch to English',
  theme: { dark: '切换到深色', light: '切换到浅色' },
  demo: { badge: '演示数据', hint: '发送服务、流量和历史都是虚构的，不会发给任何真实的人。' },
  sandbox: {
    all: '沙箱：全部渠道都不真正发送',
    some: '沙箱：{channels}',
    count: '沙箱：{n} 个渠道',
    hint: '这些渠道的消息只保存在沙箱里，并不真正发送。',
  },
  noServices: { badge: '尚无发送服务', hint: '没有渠道启用了发送服务：消息会被接收并等待。' },
  problem: { refused: '设置被拒绝：{row}。', kept: '继续使用上一个有效值。' },
  notFound: { title: '没有这个页面', hint: '这个地址在本系统中不存在。' },
}

export { en, zh }
