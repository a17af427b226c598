/** Every page and form of the interface × everybody who may not have it: found in the folder of routes, so that a new one is asked too. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { cookieOf, email_draft, startTestServer, stripeEvent, type Answer, type TestServer } from '../../api/testing.ts';
import { root } from '../stamp.ts';
import { addOrganisation, stateOf } from '../testing/organisations.ts';
import { shared } from '../testing/shared.ts';

const mark = 'zq7-of-the-first';
const routes_dir = join(root, 'ui/src/routes');

let server: TestServer;
let ana: string;
let viewer: string;
let stranger: string;
const own: Record<string, string> = {};

beforeAll(async () => {
  await shared('/ui');
  server = await startTestServer();
  ana = await server.signIn();
  viewer = await server.member('viewer');
  stranger = await server.signIn(await addOrganisation(server));
  const body = { ...email_draft, reasoning: mark, payload: { to: `${mark}@example.com`, subject: mark, body: mark } };
  Object.assign(own, (await server.call('POST', '/ai/propose', { as: ana, body })).json);
  await server.deliver(stripeEvent({ data: { object: { id: 'in_1', object: 'invoice', customer: 'cus_1', customer_name: mark } } }));
}, 300_000);
afterAll(() => server.close());

interface Page {
  /** As the folder has it: `/inbox/[id]`. */
  route: string;
  actions: string[];
  /** Answers values, not a page. */
  endpoint: boolean;
}

const pages: Page[] = globSync('**/{+page.svelte,+page.server.ts,+server.ts}', { cwd: routes_dir })
  .map((file) => dirname(file))
  .filter((folder, at, all) => all.indexOf(folder) === at)
  .map((folder) => ({
    route: `/${folder
      .split('/')
      .filter((part) => part !== '.' && !/^\(.*\)$/.test(part))
      .join('/')}`,
    actions: actionsOf(join(routes_dir, folder, '+page.server.ts')),
    endpoint: globSync('+server.ts', { cwd: join(routes_dir, folder) }).length > 0,
  }));

/** The names of `export const actions = {…}` and of what is spread into it, read as text: the modules only load inside the framework. */
function actionsOf(file: string, name = 'actions'): string[] {
  const text = globSync(file).length === 0 ? '' : readFileSync(file, 'utf8');
  const [, body = ''] = new RegExp(`export const ${name}[^=]*= \\{([\\s\\S]*?)\\n?\\s*\\}(?:;| satisfies| as)`).exec(text) ?? [];
  const spread = [...body.matchAll(/\.\.\.(\w+)/g)].flatMap(([, of = '']) =>
    actionsOf(join(root, 'ui/src/lib/server', `${of.replaceAll('_', '-')}.ts`), of),
  );
  return [...spread, ...[...body.matchAll(/^ {2}(?:async )?(\w+)[:,(]/gm)].map(([, own_name = '']) => own_name)];
}

const is_public = /^\/(sign-in|sign-out|invitation)/;
const guarded = pages.filter(({ route }) => !is_public.test(route) && route !== '/');

function addressOf({ route }: Page): string {
  return route.replace(/\[(\w+)\]/g, () => (route.includes('/events/') ? own.event_id : own.proposal_id) ?? '');
}

/** A browser that follows nothing by itself. */
async function ask(
  method: string,
  path: string,
  as?: string,
  form?: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(server.origin + path, {
    method,
    redirect: 'manual',
    // As a browser asks, without the page's script.
    headers: { accept: 'text/html,*/*;q=0.8', ...(as && { cookie: as }), ...(form && { origin: server.origin }), ...headers },
    body: form === undefined ? null : new URLSearchParams(form),
  });
  return { status: response.status, headers: response.headers, text: await response.text(), json: undefined };
}

const form_of_a_card = () => ({ proposal_id: own.proposal_id ?? '', payload_hash: own.payload_hash ?? '', id: own.proposal_id ?? '' });

async function expectUnchanged(work: () => Promise<void>): Promise<void> {
  const before = await stateOf(server.database_url, server.org_id);
  await work();
  expect(await stateOf(server.database_url, server.org_id)).toEqual(before);
}

test('the folder of routes was read', () => {
  expect(guarded.map(({ route }) => route)).toEqual(expect.arrayContaining(['/inbox', '/inbox/[id]', '/inbox/settings/data']));
  expect(guarded.find(({ route }) => route === '/inbox')?.actions).toEqual(expect.arrayContaining(['approve', 'reject', 'undo']));
});

describe('who is nobody', () => {
  test('is led to the sign-in page from every page, also for its data', async () => {
    for (const page of guarded) {
      const answer = await ask('GET', addressOf(page));
      if (page.actions.length === 0 && answer.status === 405) continue;
      expect([page.route, answer.status, answer.headers.get('location')?.startsWith('/sign-in?next=')]).toEqual([page.route, 303, true]);
      const script = await ask('GET', addressOf(page), undefined, undefined, { 'sec-fetch-dest': 'empty' });
      if (page.endpoint) expect([page.route, script.status, script.text]).toEqual([page.route, 401, '']);
      else expect((await ask('GET', `${addressOf(page)}/__data.json`)).text).not.toContain(mark);
    }
  });

  test('does nothing by any form', async () => {
    await expectUnchanged(async () => {
      for (const page of guarded)
        for (const action of page.actions) {
          const { status } = await ask('POST', `${addressOf(page)}?/${action}`, undefined, form_of_a_card());
          expect([page.route, action, status]).toEqual([page.route, action, 303]);
        }
    });
  });
});

describe('a member of another organisation', () => {
  test('is shown nothing of the first one, on any page', async () => {
    for (const page of guarded) {
      const answer = await ask('GET', addressOf(page), stranger);
      const named = page.route.includes('[');
      if (named) expect([page.route, answer.status]).toEqual([page.route, 404]);
      expect([page.route, answer.status < 500]).toEqual([page.route, true]);
      expect([page.route, answer.text.includes(mark), answer.text.includes('ana@example.com')]).toEqual([page.route, false, false]);
      const data = await ask('GET', `${addressOf(page)}/__data.json`, stranger);
      expect([page.route, data.text.includes(mark), data.text.includes('ana@example.com')]).toEqual([page.route, false, false]);
    }
  });

  test('does nothing to it by any form', async () => {
    await expectUnchanged(async () => {
      for (const page of guarded)
        for (const action of page.actions) {
          const answer = await ask('POST', `${addressOf(page)}?/${action}`, stranger, form_of_a_card());
          expect([page.route, action, answer.status < 500, answer.text.includes(mark)]).toEqual([page.route, action, true, false]);
        }
    });
  });
});

describe('a form', () => {
  test('of a viewer changes nothing of the organisation’s', async () => {
    await expectUnchanged(async () => {
      for (const page of guarded.filter(({ route }) => !/settings\/(account|notifications)/.test(route)))
        for (const action of page.actions) {
          const answer = await ask('POST', `${addressOf(page)}?/${action}`, viewer, form_of_a_card());
          expect([page.route, action, answer.status < 500]).toEqual([page.route, action, true]);
        }
    });
  });

  test.each([
    ['from another site', 'https://evil.example'],
    ['from a page without an origin', 'null'],
  ])('%s is refused', async (_name, origin) => {
    await expectUnchanged(async () => {
      for (const page of guarded)
        for (const action of page.actions) {
          const answer = await ask('POST', `${addressOf(page)}?/${action}`, ana, form_of_a_card(), { origin });
          expect([page.route, action, answer.status]).toEqual([page.route, action, 403]);
        }
    });
  });
});

describe('a link', () => {
  const elsewhere = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/%5cevil.example',
    '///evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/inbox\r\nset-cookie: a=1',
    '/@evil.example/..//evil.example',
  ];

  test.each(elsewhere)('that wants to lead elsewhere after sign-in leads home: %j', async (next) => {
    const signed = await ask('GET', `/sign-in?next=${encodeURIComponent(next)}`, ana);
    expect(signed.status).toBe(303);
    const location = new URL(signed.headers.get('location') ?? '', server.origin);
    expect(location.origin).toBe(server.origin);
    expect(signed.headers.get('set-cookie') ?? '').not.toContain('a=1');
    const form = await ask('POST', `/sign-in?next=${encodeURIComponent(next)}`, undefined, {
      email: 'ana@example.com',
      password: 'correct horse battery',
    });
    expect([form.status, new URL(form.headers.get('location') ?? '', server.origin).origin]).toEqual([303, server.origin]);
  });

  test('of a forged host leads nowhere but here', async () => {
    for (const name of ['x-forwarded-host', 'x-host', 'forwarded', 'x-original-url', 'x-rewrite-url']) {
      const answer = await ask('GET', '/inbox', undefined, undefined, {
        [name]: name === 'forwarded' ? 'host=evil.example' : 'evil.example',
      });
      expect([name, answer.headers.get('location')]).toEqual([name, '/sign-in?next=%2Finbox']);
      expect((await ask('GET', '/inbox', ana, undefined, { [name]: 'evil.example' })).text).not.toContain('evil.example');
    }
  });
});

describe('whatever follows links by itself', () => {
  /** More than a thousand pages are rendered. */
  const every_page_ms = 120_000;
  /** Mail scanners, link previews and browsers that fetch ahead. */
  const visits: [string, Record<string, string>][] = [
    ...Array.from({ length: 20 }, (): [string, Record<string, string>] => ['GET', {}]),
    ['HEAD', {}],
    ['OPTIONS', {}],
    ['GET', { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' }],
    ['GET', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }],
    ['GET', { 'x-moz': 'prefetch' }],
  ];

  test(
    'decides nothing, uses nothing up and counts as nobody’s reading, also in the browser of who is signed in',
    async () => {
      await expectUnchanged(async () => {
        for (const as of [undefined, ana]) {
          for (const page of pages) {
            const actions = page.actions.filter((action) => action !== 'default').slice(0, 2);
            for (const suffix of ['', ...actions.map((action) => `?/${action}&${new URLSearchParams(form_of_a_card())}`)])
              await Promise.all(
                (suffix === '' ? visits : visits.slice(-5)).map(async ([method, headers]) => {
                  const { status } = await ask(method, addressOf(page) + suffix, as, undefined, headers);
                  expect([method, page.route, suffix, status < 500]).toEqual([method, page.route, suffix, true]);
                }),
              );
          }
        }
      });
      expect(await server.db.sql`select 1 from openings`).toEqual([]);
      expect((await server.call('GET', '/api/inbox', { as: ana })).status, 'nobody was signed out').toBe(200);
    },
    every_page_ms,
  );

  test('leaves a sign-in link and an invitation as they are', async () => {
    const { storeSignInLink } = await import('../../prisma/sign-in-links.ts');
    const [person] = await server.db.sql<{ id: string }>`select id from "user" where email = 'ana@example.com'`;
    const token = 'a'.repeat(43);
    await storeSignInLink(server.db.sql, person?.id ?? '', token);
    const body = { email: 'new@example.com', role: 'viewer' };
    const invited = (await server.call('POST', '/api/invitations', { as: ana, body })).json;
    const invitation = invited.link === null ? null : new URL(invited.link);
    const links = [`/sign-in/link?token=${token}`, ...(invitation === null ? [] : [invitation.pathname + invitation.search])];
    for (const link of links)
      for (const [method, headers] of visits)
        expect([link, method, (await ask(method, link, undefined, undefined, headers)).status < 500]).toEqual([link, method, true]);
    const signed = await server.call('POST', '/api/auth/sign-in/link', { body: { token } });
    expect([signed.status, cookieOf(signed)]).toEqual([200, expect.stringContaining('session_token')]);
    if (invitation === null) return;
    const accepted = { token: invitation.searchParams.get('token'), name: 'New', password: 'a long enough passphrase of mine' };
    expect((await server.call('POST', '/api/invitations/accept', { body: accepted })).status).toBeLessThan(300);
  });
});
