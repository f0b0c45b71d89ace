declare global {
  interface Window {
    happyDOM?: { setURL(url: string): void }
  }
}

/** The page of the test stands at this address from now on; nothing is loaded. */
export function standAt(url: string): void {
  if (!window.happyDOM) throw new Error('expected the window of happy-dom, got another one')
  window.happyDOM.setURL(url)
}
