/** Words that every screen uses. */
const en = {
  channel: { sms: 'SMS', email: 'E-mail', app: 'In-app', wechat: 'WeChat', feishu: 'Feishu' },
  state: {
    scheduled: 'scheduled',
    queued: 'queued',
    sending: 'sending',
    sent: 'sent',
    delivered: 'delivered',
    read: 'read',
    failed: 'failed',
    expired: 'expired',
    cancelled: 'cancelled',
    unknown: 'unknown',
  },
  ui: {
    loading: 'Loading …',
    retry: 'Try again',
    stale: 'Not refreshed',
    copy: 'Copy {what}',
    copied: 'Copied',
    copyFailed: 'Not copied: the browser refused',
    failed: 'That did not work',
    unreachable: 'The server does not answer',
    /** Between the items of a list. */
    comma: ', ',
    version: 'v{n}',
    draftTest: 'test {n} of a draft',
    dismiss: 'Close',
    reveal: {
      label: 'Show',
      of: 'Show the recipient {recipient} in full',
      hint: 'That you looked is written into the audit log',
    },
  },
}

const zh: typeof en = {
  channel: { sms: '短信', email: '邮件', app: '应用内', wechat: '微信', feishu: '飞书' },
  state: {
    scheduled: '已定时',
    queued: '排队中',
    sending: '发送中',
    sent: '已发送',
    delivered: '已送达',
    read: '已读',
    failed: '失败',
    expired: '已过期',
    cancelled: '已取消',
    unknown: '结果未知',
  },
  ui: {
    loading: '加载中…',
    retry: '重试',
    stale: '未能刷新',
    copy: '复制{what}',
    copied: '已复制',
    copyFailed: '未复制：浏览器拒绝了',
    failed: '操作未成功',
    unreachable: '服务器没有响应',
    comma: '、',
    version: 'v{n}',
    draftTest: '草稿测试 {n}',
    dismiss: '关闭',
    reveal: { label: '查看', of: '查看接收人 {recipient} 的完整内容', hint: '查看会记入审计日志' },
  },
}

export { en, zh }
