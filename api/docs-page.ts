/** The page around the documented calls. */
import { createHash } from 'node:crypto';

const style = `
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
  h3 { margin: 2rem 0 0; overflow-wrap: anywhere; } pre { overflow-x: auto; font-size: 13px; } .who { opacity: .7; }
  table { border-collapse: collapse; } td { padding: .25rem 1rem .25rem 0; } tr:target { outline: 2px solid; }
`;

/** What the content security policy allows: this style and no other. */
export const docs_style_hash = `sha256-${createHash('sha256').update(style).digest('base64')}`;

export function pageOf({ calls, problems, base_path }: { calls: string; problems: string; base_path: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>ExecOps API</title>
<style>${style}</style>
</head>
<body>
<h1>ExecOps API</h1>
<p>JSON everywhere, names in snake_case. The same as an <a href="${base_path}/openapi.json">OpenAPI document</a>.</p>
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

export function escape(text: string | undefined): string {
  return (text ?? '').replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
