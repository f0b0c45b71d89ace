import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PATTERNS, secretsIn } from './secret-scan.ts'

const ROOT = join(import.meta.dirname, '..')
const LARGEST_BYTES = 2_000_000

function filesOfTheRepository(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return listed.split('\0').filter((file) => {
    const stat = file === '' ? undefined : statSync(join(ROOT, file), { throwIfNoEntry: false })
    return stat?.isFile() === true && stat.size < LARGEST_BYTES
  })
}

const hex = 'c3ab8ff13720e8ad9047dd39466b3c89'
const letters = 'Kq7Zt4mXv9Wb2Lp8'
/** Put together here: the whole would be found in this file. */
const KEYS: Record<keyof typeof PATTERNS, string> = {
  'Aliyun AccessKey ID': `LTAI${letters}`,
  'Tencent SecretId': `AKID${letters}${letters}`,
  'AWS access key': `AKIA${letters.toUpperCase()}`,
  'Twilio key or account': `SK${hex}`,
  'SendGrid key': `SG.${letters}${letters.slice(0, 6)}.${letters}${letters}${letters}`,
  'Google key': `AIza${letters}${letters}abc`,
  'hook of a Feishu or Lark bot': `https://open.feishu.cn/open-apis/bot/v2/hook/5e3d587e-d78e-4a07-bd07-${hex.slice(0, 12)}`,
  'hook of a DingTalk bot': `https://oapi.dingtalk.com/robot/send?access_token=${hex}${hex}`,
  'DingTalk signing secret': `SEC${hex}${hex}`,
  'hook of a WeCom bot': `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7a34-4bc4-97a0-${hex.slice(0, 12)}`,
  'hook of Slack': `https://hooks.slack.com/services/${'T00'}AB12CD/B00EF34GH/${letters}${letters}`,
  'webhook secret': `whsec_${letters}${letters}`,
  'private key': `-----BEGIN PRIVATE ${'KEY'}-----\n${letters}${letters}`,
  'GitHub token': `ghp_${letters}${letters}abcd`,
  'Slack token': `xoxb-${letters}`,
  'Stripe key': `sk_live_${letters}`,
  'WeChat AppSecret': `app_secret: '${hex}'`,
}

describe('the scan for keys', () => {
  it.each(Object.entries(KEYS))('finds %s and does not repeat it', (what, key) => {
    const found = secretsIn(`a line\nconst key = "${key}" // and more`)
    expect(found).toMatchObject([{ what, line: 2 }])
    expect(JSON.stringify(found)).not.toContain(key)
  })

  it('leaves what is made up or published', () => {
    const made = [`AC${'0'.repeat(32)}`, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `wx${'1'.repeat(16)}`, 'LTAI5t…']
    made.push('https://open.feishu.cn/open-apis/bot/v2/hook/0a1b0a1b-1111-4222-8333-000011112222')
    expect(secretsIn(made.join('\n'))).toEqual([])
  })

  it('finds none in this repository', () => {
    const files = filesOfTheRepository()
    expect(files.length).toBeGreaterThan(1000)
    const found = files.flatMap((file) =>
      secretsIn(readFileSync(join(ROOT, file), 'latin1')).map((each) => ({ file, ...each })),
    )
    expect(found).toEqual([])
  })
})
