/** The API's documentation for people, written from the same routes. */
import { problem_list } from '../domain/problem.ts';
import { openApiOf } from './openapi.ts';
import { defineRoute, type Access, type Route } from './route.ts';

export function docsRoutes(routes: readonly Route[]): Route[] {
  const document = openApiOf(routes);
  const page = render(document);
  return [
    defineRoute({
      method: 'get',
      path: '/openapi.json',
      access: 'read',
      summary: 'This API as an OpenAPI 3.1 document.',
      responses: { 200: { description: 'The document.' } },
      handle: async () => ({ status: 200, body: document }),
    }),
    defineRoute({
      method: 'get',
      path: '/docs',
      access: 'read',
      summary: 'This API for people.',
      responses: { 200: { description: 'A page.', media_type: 'text/html' } },
      handle: async () => ({ status: 200, body: page, headers: { 'content-type': 'text/html; charset=utf-8' } }),
    }),
  ];

  function render({ paths }: ReturnType<typeof openApiOf>): string {
    const calls = routes.map(
      (route) => `
      <section id="${anchorOf(route)}">
        <h3><code>${route.method.toUpperCase()} ${escape(route.path)}</code></h3>
        <p>${escape(route.summary)}</p>
        <p class="who">${who_may[route.access]}</p>
        <ul>${Object.entries(route.responses)
          .map(([status, { description }]) => `<li><b>${status}</b> ${escape(description)}</li>`)
          .join('')}</ul>
        <details><summary>Schemas</summary><pre>${escape(JSON.stringify(paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method], null, 2))}</pre></details>
      </section>`,
    );
    const problems = problem_list.map(
      ({ problem, status, title }) =>
        `<tr id="${problem}"><td>${status}</td><td><code>${problem}</code></td><td>${escape(title)}</td></tr>`,
    );
    return page_of(calls.join(''), problems.join(''));
  }
}

const who_may: Record<Access, string> = {
  public: 'Anyone may call it.',
  read: 'A signed-in person, or any API key.',
  propose: 'A signed-in person or any API key; not a viewer.',
  session: "A signed-in person's session. No API key.",
};

function anchorOf({ method, path }: Route): string {
  return `${method}${path.replace(/\W+/g, '-')}`;
}

function page_of(calls: string, problems: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>ExecOps API</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
  h3 { margin: 2rem 0 0; overflow-wrap: anywhere; } pre { overflow-x: auto; font-size: 13px; } .who { opacity: .7; }
  table { border-collapse: collapse; } td { padding: .25rem 1rem .25rem 0; } tr:target { outline: 2px solid; }
</style>
</head>
<body>
<h1>ExecOps API</h1>
<p>JSON everywhere, names in snake_case. The same as an <a href="/openapi.json">OpenAPI document</a>.</p>
<h2>Who calls</h2>
<p>A person: <code>POST /api/auth/sign-in/email</code> sets a session cookie. Calls with it that change something are JSON and carry
<code>Origin</code> with this site's address. A script or an agent: <code>Authorization: Bearer eo_…</code>. Keys read and propose; only people decide.</p>
<h2>Webhooks</h2>
<p><code>POST /ingest/{source}</code> with the provider's own signature over the raw body: <b>202</b> <code>{event_id, duplicate}</code> once the event is
committed, <b>200</b> for the same delivery again, <b>401</b> when the signature is wrong, missing or older than 300 seconds. Up to 1 MiB, gzip too.</p>
<h2>Calls</h2>${calls}
<h2>Problems</h2>
<p>Every answer that is not the wished one is <code>application/problem+json</code> (RFC 9457): <code>type</code>, <code>title</code>, <code>status</code>,
<code>detail</code>, and more where it helps.</p>
<table><tbody>${problems}</tbody></table>
</body>
</html>
`;
}

function escape(text: string | undefined): string {
  return (text ?? '').replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
