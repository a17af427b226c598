/** What goes wrong in a browser while nobody looks. */
import type { BrowserContext, ConsoleMessage } from 'playwright-core';

export interface Watch {
  complaints: string[];
}

/** No error in the console, no dialog, and not one request to anywhere else. */
export function watch(context: BrowserContext, origin: string): Watch {
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message)) complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => complaints.push(`page: ${error.error().message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') complaints.push(`request: ${url.href}`);
  });
  context.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { complaints };
}

/** A form that is refused is answered with a status of its own, as is whoever's session has ended; the browser reports it by itself. Below BASE_PATH too. */
function isRefusal(message: ConsoleMessage): boolean {
  const { pathname, search } = new URL(message.location().url || 'about:blank');
  return (
    message.text().startsWith('Failed to load resource') &&
    (search.startsWith('?/') ||
      /\/(sign-in(\/.*)?|invitation)$/.test(pathname) ||
      (pathname.endsWith('/inbox/pending') && message.text().includes('401')))
  );
}
