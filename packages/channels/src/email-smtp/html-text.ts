import { convert } from 'html-to-text'

/** The plain-text reading of an HTML mail, for its text part. */
export function textOf(html: string): string {
  return convert(html, {
    wordwrap: false,
    selectors: [
      // Mails lay out with tables: a cell is a block of its own, not a piece of the line.
      { selector: 'td', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: 'th', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
      { selector: 'img', format: 'skip' },
      { selector: 'h1', options: { uppercase: false } },
      { selector: 'h2', options: { uppercase: false } },
      { selector: 'h3', options: { uppercase: false } },
    ],
  })
}
