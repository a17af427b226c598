/** The API's documentation for people, written from the same routes. */
import { problem_list } from '../domain/problem.ts';
import { escape, pageOf } from './docs-page.ts';
import { openApiOf } from './openapi.ts';
import { defineRoute, type Access, type Route } from './route.ts';

/** `base_path` stands before every path when the product is served below one. */
export function docsRoutes(routes: readonly Route[], base_path: string): Route[] {
  const document = openApiOf(routes, base_path);
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
    return pageOf({ calls: calls.join(''), problems: problems.join(''), base_path });
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
