/** What a navigation without a connection comes to. */
import { self } from '$app/service-worker';

export const offline_style = 'offline.css';

const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function offlinePage({ pathname, search }: URL): Response {
  // An action's address is no page to go back to.
  const again = escaped(pathname + (search.startsWith('?/') ? '' : search));
  const style = escaped(new URL(offline_style, self.registration.scope).pathname);
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Offline · ExecOps</title>
    <link rel="stylesheet" href="${style}" />
  </head>
  <body>
    <main>
      <h1>Offline.</h1>
      <p>Nothing is decided until the connection is back.</p>
      <p><a href="${again}">Try again</a></p>
    </main>
  </body>
</html>`;
  return new Response(html, { status: 503, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy } });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
