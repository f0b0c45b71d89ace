/** The page of a link to unsubscribe: plain HTML without scripts, in the reader's language, one button. */

export type PageKind = 'ask' | 'done' | 'unknown'

interface Words {
  title: string
  text: (who: string) => string
}

const WORDS: Record<'en' | 'zh', Record<PageKind, Words> & { button: string }> = {
  en: {
    ask: { title: 'Unsubscribe', text: (who) => `No more marketing to ${who}?` },
    done: {
      title: 'Unsubscribed',
      text: (who) => `${who} gets no more marketing from us. Codes and notices that belong to your account still come.`,
    },
    unknown: {
      title: 'Not a valid link',
      text: () => 'Nothing was changed. Please open the link from the mail again.',
    },
    button: 'Unsubscribe',
  },
  zh: {
    ask: { title: '退订', text: (who) => `不再向 ${who} 发送营销消息？` },
    done: { title: '已退订', text: (who) => `${who} 将不再收到营销消息。验证码和账户通知仍会照常发送。` },
    unknown: { title: '链接无效', text: () => '没有任何更改。请从邮件中重新打开链接。' },
    button: '确认退订',
  },
}

const STYLE = `body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.6 system-ui,sans-serif;color:#1b2430;background:#f4f6f8}
main{max-width:26rem;margin:1rem;padding:2rem;background:#fff;border-radius:12px;overflow-wrap:anywhere}
h1{margin:0 0 .5rem;font-size:1.4rem}
button{margin-top:1rem;padding:.75rem 1.5rem;font:inherit;font-weight:600;color:#fff;background:#1d4ed8;border:0;border-radius:8px;cursor:pointer}
button:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}`

/** @param who masked */
export function unsubscribePage(kind: PageKind, acceptLanguage: string | undefined, who: string): string {
  const language = /^\s*zh\b/i.test(acceptLanguage ?? '') ? 'zh' : 'en'
  const { [kind]: words, button } = WORDS[language]
  const form = `<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>${button}</button></form>`
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${words.title}</title>
<style>${STYLE}</style>
<main>
<h1>${words.title}</h1>
<p${kind === 'done' ? ' role="status"' : ''}>${escaped(words.text(who))}</p>
${kind === 'ask' ? form : ''}
</main>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
