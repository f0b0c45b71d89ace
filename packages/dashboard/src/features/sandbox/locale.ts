const en = {
  title: 'Sandbox',
  what: 'What would have been delivered, newest first, as the recipient would see it. Nothing here reached anybody.',
  label: 'SANDBOX · not sent',
  pause: 'Pause',
  resume: 'Go on',
  still: 'Stands still while you read',
  channels: 'Channels',
  all: 'All',
  to: 'to {recipient}',
  test: 'test of a template, to nobody',
  trace: 'Trace',
  traceOf: 'Trace of message {id}',
  frame: 'Mail to {recipient}',
  failed: 'What the sandbox kept could not be loaded',
  empty: {
    title: 'The sandbox is empty',
    hint: 'Send a message on a channel whose service is a sandbox, and it appears here.',
  },
}

const zh: typeof en = {
  title: '沙箱',
  what: '本来会送达的内容，最新的在前，按接收人看到的样子显示。这里的内容没有发给任何人。',
  label: '沙箱 · 未发送',
  pause: '暂停',
  resume: '继续',
  still: '阅读时暂停刷新',
  channels: '渠道',
  all: '全部',
  to: '发给 {recipient}',
  test: '模板测试，没有接收人',
  trace: '链路',
  traceOf: '消息 {id} 的链路',
  frame: '发给 {recipient} 的邮件',
  failed: '沙箱内容加载失败',
  empty: { title: '沙箱是空的', hint: '在使用沙箱服务的渠道上发送一条消息，就会出现在这里。' },
}

export { en, zh }
