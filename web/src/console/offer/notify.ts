const asked = 'visavis.console.notifications';

/** Whether it is time to ask for the browser's permission: it can be given, was not yet decided, and nobody said "no thanks" here. */
export function shouldAsk(): boolean {
  if (typeof Notification === 'undefined' || !window.isSecureContext || Notification.permission !== 'default') return false;
  try {
    return localStorage.getItem(asked) === null;
  } catch {
    return false;
  }
}

export function dontAskAgain(): void {
  try {
    localStorage.setItem(asked, 'no');
  } catch {
    // storage may be refused: then it is asked again after a reload
  }
}

/** Tells it outside the page when nobody looks at it; the returned function takes it back. */
export function tell(title: string, text: string, onClick: () => void): () => void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted' || document.visibilityState === 'visible') return () => {};
  try {
    const news = new Notification(title, { body: text, tag: 'visavis-offer', requireInteraction: true });
    news.onclick = () => {
      window.focus();
      onClick();
      news.close();
    };
    return () => news.close();
  } catch {
    return () => {}; // Android allows them to service workers only
  }
}
