/**
 * Every call of the OpenAPI document × everybody who may try it. Nothing here names a route: one that is added is asked too, and has to
 * answer as its `x-access` says. What only a route's author can know (a body that the schema alone does not describe) is in `particular`.
 */
import { request as httpRequest } from 'node:http';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { operationsOf, sampleOf, type Operation } from '../scripts/testing/openapi-calls.ts';
import { addOrganisation, stateOf, type Newcomer } from '../scripts/testing/organisations.ts';
import { until } from '../scripts/testing/wait.ts';
import { body_bytes_max } from './limits.ts';
import { email_draft, owner, startTestServer, stripeEvent, type Answer, type TestServer } from './testing.ts';

/** In everything that the first organisation has. */
const mark = 'zq7-of-the-first';

let server: TestServer;
let operations: Operation[];
let ana: string;
let viewer: string;
let lead: string;
let stranger: string;
let ended: string;
let newcomer: Newcomer;
const keys: Record<'personal' | 'agent' | 'revoked', string> = { personal: '', agent: '', revoked: '' };
/** The first organisation's own, by the name that a body gives them. */
const own: Record<string, unknown> = {};
/** By the path that lists them. */
const own_ids = new Map<string, string>();

beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
  [viewer, lead] = [await server.member('viewer'), await server.member('ops_lead')];
  newcomer = await addOrganisation(server);
  stranger = await server.signIn(newcomer);
  ended = await server.member('ops_lead');
  await server.call('POST', '/api/auth/sign-out', { as: ended });
  for (const kind of ['personal', 'agent'] as const) keys[kind] = (await makeKey(kind)).key;
  const gone = await makeKey('personal');
  await server.call('DELETE', `/api/keys/${gone.id}`, { as: ana });
  keys.revoked = gone.key;
  operations = operationsOf((await server.call('GET', '/openapi.json', { as: ana })).json);
  await seed();
}, 120_000);
afterAll(() => server.close());

async function makeKey(kind: string): Promise<{ id: string; key: string }> {
  const answer = await server.call('POST', '/api/keys', { as: ana, body: { name: mark, kind } });
  expect(answer.status).toBe(201);
  return answer.json;
}

async function draft(): Promise<{ proposal_id: string; payload_hash: string; event_id: string }> {
  const body = { ...email_draft, reasoning: mark, payload: { to: `${mark}@example.com`, subject: mark, body: mark } };
  return (await server.call('POST', '/ai/propose', { as: ana, body })).json;
}

/** One of everything that can be made by a call, so that there is an id to try. */
async function seed(): Promise<void> {
  await server.deliver(
    stripeEvent({ data: { object: { id: 'in_1', object: 'invoice', customer: 'cus_1', customer_name: mark, amount_due: 1 } } }),
  );
  know(await draft());
  own_ids.set('/api/proposals', String(own.proposal_id)).set('/api/events', String(own.event_id));
  for (const operation of operations) {
    if (operation.method !== 'POST' || operation.access === 'public' || operation.path.includes('{')) continue;
    if (operations.some(({ path }) => path.startsWith(`${operation.path}/{`)))
      await tryAs(ana, operation, { body: bodyOf(operation, mark) });
  }
  for (const { path } of operations) {
    const list = path.slice(0, path.indexOf('/{'));
    if (!path.includes('/{') || own_ids.has(list) || !operations.some((other) => other.path === list && other.method === 'GET')) continue;
    const id = firstId((await server.call('GET', list, { as: ana })).json);
    if (id !== null) own_ids.set(list, id);
  }
}

function know({ proposal_id, payload_hash, event_id }: Awaited<ReturnType<typeof draft>>): void {
  Object.assign(own, { proposal_id, payload_hash, event_id });
}

function firstId(listing: Record<string, unknown>): string | null {
  const [first] = Object.values(listing).find((value) => Array.isArray(value)) ?? [];
  for (const name of ['id', 'user_id', 'key']) if (typeof first?.[name] === 'string') return first[name];
  return null;
}

/** Bodies whose sense the schema does not tell, by method and path. */
const particular: Record<string, () => object> = {
  'POST /ai/propose': () => ({ event_id: own.event_id }),
  'POST /api/proposals/{id}/snooze': () => ({ until_event: true }),
};

function bodyOf(operation: Operation, words?: string): unknown {
  if (operation.body === undefined) return undefined;
  const made = particular[`${operation.method} ${operation.path}`]?.();
  return made ?? sampleOf(operation.body, words === undefined ? own : { ...own, name: words, email: `${words}@example.com` });
}

/** What a path names that is no id, and so the same in every organisation. */
const named: Record<string, string> = { source: 'stripe', endpoint: 'nowhere', action_type: 'email', name: 'Webhooks', vertical: 'money' };

function addressOf({ path }: Operation): string {
  return path.replaceAll(/\/\{(\w+)\}/g, (_whole, name: string, at: number) => {
    const id = own_ids.get(path.slice(0, at)) ?? named[name] ?? crypto.randomUUID();
    return `/${encodeURIComponent(id)}`;
  });
}

type Asked = { body?: unknown; headers?: Record<string, string>; query?: string };

/** A stream's answer is its head: it has no end. */
async function tryAs(as: string | undefined, operation: Operation, { body, headers = {}, query = '' }: Asked = {}): Promise<Answer> {
  const { method, streams } = operation;
  const path = addressOf(operation) + query;
  if (!streams) return server.call(method, path, { body, headers, ...(as !== undefined && { as }) });
  const abort = new AbortController();
  const by: Record<string, string> = as === undefined ? {} : as.startsWith('eo_') ? { authorization: `Bearer ${as}` } : { cookie: as };
  const response = await fetch(`${server.origin}${path}`, { headers: { ...by, ...headers }, signal: abort.signal });
  const text = response.ok ? '' : await response.text();
  abort.abort();
  return { status: response.status, headers: response.headers, text, json: text === '' ? undefined : JSON.parse(text) };
}

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
const isSafe = ({ method }: Operation) => method === 'GET';
const guarded = () => operations.filter(({ access }) => access !== 'public');

/** What each was answered, in one picture: a failure shows every route that answers wrongly, and how. */
async function expectStatuses(
  of: Operation[],
  ask: (operation: Operation) => Promise<Answer>,
  wanted: (status: number, operation: Operation) => boolean,
) {
  expect(of.length).toBeGreaterThan(0);
  const wrong: string[] = [];
  for (const operation of of) {
    const answer = await ask(operation);
    if (!wanted(refusesAll(answer) ? 404 : answer.status, operation))
      wrong.push(`${nameOf(operation)} answered ${answer.status} ${answer.text.slice(0, 160)}`);
    if (answer.status >= 500) wrong.push(`${nameOf(operation)} failed: ${answer.text.slice(0, 160)}`);
  }
  expect(wrong).toEqual([]);
}

/** Of several decided at once each has its own answer: refused all, it is as good as not found. */
function refusesAll({ json }: Answer): boolean {
  return Array.isArray(json?.results) && json.results.length > 0 && json.results.every(({ ok }: { ok: boolean }) => !ok);
}

async function expectUnchanged(work: () => Promise<void>): Promise<void> {
  const before = await stateOf(server.database_url, server.org_id);
  await work();
  expect(await stateOf(server.database_url, server.org_id)).toEqual(before);
}

describe('who is nobody', () => {
  test.each([
    ['without credentials', () => undefined],
    ['with a revoked key', () => keys.revoked],
    ['with an ended session', () => ended],
    ['with a key that never was', () => 'eo_agent_nonsense'],
  ])('%s reaches only what is public', async (_name, as) => {
    await expectUnchanged(() =>
      expectStatuses(
        operations,
        (operation) => tryAs(as(), operation, { body: bodyOf(operation) }),
        (status, { access }) => (access === 'public' ? status !== 403 : status === 401),
      ),
    );
  });

  test('is answered before anything of the request is looked at', async () => {
    for (const body of ['{"a":', 'x'.repeat(10_000), '[]', 'null']) {
      await expectStatuses(
        guarded().filter(({ method }) => method !== 'GET'),
        (operation) => tryAs(undefined, operation, { body }),
        (status) => status === 401,
      );
    }
  });
});

describe('keys', () => {
  test.each(['personal', 'agent'] as const)('a %s key does nothing that takes a session', async (kind) => {
    const of = operations.filter(({ access }) => access === 'session');
    await expectUnchanged(async () => {
      for (const body of ['valid', {}, undefined])
        await expectStatuses(
          of,
          (operation) =>
            tryAs(keys[kind], operation, { body: operation.method === 'GET' ? undefined : body === 'valid' ? bodyOf(operation) : body }),
          (status) => status === 403,
        );
    });
  });

  test.each(['personal', 'agent'] as const)('a %s key reads, and is let in without Origin', async (kind) => {
    const of = operations.filter(({ access }) => access === 'read');
    await expectStatuses(
      of,
      (operation) => tryAs(keys[kind], operation, { body: bodyOf(operation) }),
      (status) => status !== 401,
    );
  });
});

describe('a viewer', () => {
  test('proposes and changes nothing of the organisation’s', async () => {
    const of = operations.filter(
      (operation) => (operation.access === 'propose' || operation.access === 'session') && !isSafe(operation) && !isOwnAffair(operation),
    );
    await expectUnchanged(() =>
      expectStatuses(
        of,
        (operation) => tryAs(viewer, operation, { body: bodyOf(operation) }),
        (status, { path }) => status === 403 || (status === 404 && /\{|\/batch$/.test(path)),
      ),
    );
  });

  test('reads', async () => {
    const of = operations.filter(({ access }) => access === 'read');
    await expectStatuses(
      of,
      (operation) => tryAs(viewer, operation, { body: bodyOf(operation) }),
      (status) => status !== 401 && status !== 403,
    );
  });
});

/** What everybody does for themselves, whatever their role: their account, their devices, what they are told of. */
const own_affairs = /^\/api\/(account|me|sessions|passkeys|push|notices|slack\/link|proposals\/\{id\}\/open)/;
const isOwnAffair = ({ path }: Operation) => own_affairs.test(path);

describe('a member of another organisation', () => {
  test('finds none of the first one’s ids, reads none of its words and changes nothing of it', async () => {
    const foreign = Object.values(own)
      .concat([...own_ids.values()])
      .map(String);
    await expectUnchanged(() =>
      expectStatuses(
        operations,
        async (operation) => {
          if ((await server.call('GET', '/api/keys', { as: stranger })).status === 401) stranger = await server.signIn(newcomer);
          const body = bodyOf(operation);
          const answer = await tryAs(stranger, operation, { body });
          const sent = `${addressOf(operation)} ${JSON.stringify(body ?? '')}`;
          const leaked = [mark, owner.email, ...foreign.filter((id) => !sent.includes(id))].filter((text) => answer.text.includes(text));
          return leaked.length === 0 ? answer : { ...answer, status: 599, text: `leaked ${leaked.join()}` };
        },
        (status, operation) => !names(operation) || operation.access === 'public' || status === 404,
      ),
    );
  });

  test('hears nothing of the first one on its stream', async () => {
    stranger = await server.signIn(newcomer);
    const abort = new AbortController();
    const response = await fetch(`${server.origin}/api/stream`, { headers: { cookie: stranger }, signal: abort.signal });
    let heard = '';
    const done = (async () => {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) heard += chunk;
    })().catch(() => undefined);
    await until('it is connected', () => heard.includes('ready'));
    const { proposal_id } = await draft();
    const own_draft = (await server.call('POST', '/ai/propose', { as: stranger, body: email_draft })).json;
    await until('its own is heard', () => heard.includes(own_draft.proposal_id));
    expect(heard).not.toContain(proposal_id);
    expect(heard).not.toContain(mark);
    abort.abort();
    await done;
  });
});

/** What only a browser can make up, with a key that never leaves it: 400 is the right answer to anything else. */
const isCeremony = ({ path }: Operation) => /^\/api\/(passkeys\/(registration|step-up)|push\/subscriptions)$/.test(path);

/** Whether the call names something of the first organisation's, in its path or its body. */
function names(operation: Operation): boolean {
  const [, last] = /\{(\w+)\}/.exec(operation.path) ?? [];
  if (last !== undefined) return named[last] === undefined;
  const body = JSON.stringify(bodyOf(operation) ?? '');
  return [own.proposal_id, own.event_id].some((id) => body.includes(String(id)));
}

describe('a call with a cookie', () => {
  const unsafe = () => guarded().filter((operation) => !isSafe(operation));
  const withHeaders =
    (headers: Record<string, string>, body: (operation: Operation) => unknown = bodyOf) =>
    (operation: Operation) =>
      tryAs(undefined, operation, { body: body(operation) ?? {}, headers: { cookie: ana, ...headers } });

  test.each([
    ['without Origin', {}],
    ['from another site', { origin: 'https://evil.example' }],
    ['from a page without an origin', { origin: 'null' }],
  ])('%s is refused', async (_name, headers) => {
    await expectUnchanged(() => expectStatuses(unsafe(), withHeaders(headers), (status) => status === 403));
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])('as %s is refused', async (type) => {
    await expectUnchanged(() =>
      expectStatuses(unsafe(), withHeaders({ origin: server.origin, 'content-type': type }), (status) => status === 415),
    );
  });

  test('of a public route comes from this site too', async () => {
    const of = operations.filter(
      (operation) => operation.access === 'public' && !isSafe(operation) && !operation.path.startsWith('/ingest'),
    );
    await expectStatuses(of, withHeaders({ origin: 'https://evil.example' }), (status) => status === 403);
  });
});

describe('what is sent', () => {
  const withBody = () => guarded().filter(({ body }) => body !== undefined);
  const sending = (body: unknown) => (operation: Operation) => tryAs(ana, operation, { body });

  test('is JSON, of the right shape and not too large, or is refused without an error of ours', async () => {
    await expectStatuses(withBody(), sending('{"a":'), (status) => status === 400);
    await expectStatuses(withBody(), sending(JSON.stringify({ filling: 'x'.repeat(body_bytes_max) })), (status) => status === 413);
    for (const body of ['7', '"text"', '[[]]', '{"__proto__":{"a":1}}', '{"id":{"$ne":null}}', '['.repeat(5_000)])
      await expectStatuses(withBody(), sending(body), (status) => status < 500);
  });

  test('has a path and a query of text, whatever it says', async () => {
    const odd = ['%00', '%E0%A4%A', '..%2f..%2fetc%2fpasswd', "'%20or%201=1", '%7B%7D', 'x'.repeat(5_000)];
    for (const text of odd) {
      const of = guarded().filter(({ path, method }) => path.includes('{') && method === 'GET');
      await expectStatuses(
        of,
        ({ path }) => server.call('GET', path.replaceAll(/\{\w+\}/g, text), { as: ana }),
        (status) => [400, 404].includes(status),
      );
    }
  });

  test('names each part of the query once', async () => {
    const of = guarded().filter(({ method, query }) => method === 'GET' && query.length > 0);
    for (const query of ['?limit[]=1', '?limit=1&limit=2', '?format=csv&format=jsonl', '?source[a]=b'])
      await expectStatuses(
        of,
        (operation) => tryAs(ana, operation, { query }),
        (status) => status === 400,
      );
  });
});

describe('the method', () => {
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

  test('that a path does not offer is 405, and names those it does', async () => {
    const wrong: string[] = [];
    for (const path of new Set(operations.map((operation) => operation.path))) {
      const offered = operations.filter((operation) => patternOf(operation).test(path)).map(({ method }) => String(method));
      if (offered.includes('GET')) offered.push('HEAD');
      const [operation] = operations.filter((one) => one.path === path);
      if (operation === undefined) continue;
      for (const method of all.filter((one) => !offered.includes(one))) {
        const { status, allow, text } = await rawCall(method, addressOf(operation));
        const names_them = offered.every((one) => allow?.includes(one));
        if (status !== 405 || !names_them) wrong.push(`${method} ${path} answered ${status}, allow: ${allow}`);
        if (text.includes(ana)) wrong.push(`${method} ${path} echoes the cookie`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('HEAD says what GET says, without a body', async () => {
    const wrong: string[] = [];
    for (const operation of operations.filter(({ method, streams }) => method === 'GET' && !streams)) {
      const got = await tryAs(ana, operation);
      const { status, text } = await rawCall('HEAD', addressOf(operation));
      if (status !== got.status || text !== '') wrong.push(`${nameOf(operation)}: GET ${got.status}, HEAD ${status} ${text}`);
    }
    expect(wrong).toEqual([]);
  });

  /** A path with a name in it also offers what is written out in its place. */
  const patternOf = ({ path }: Operation) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

  /** `fetch` does not send TRACE. */
  function rawCall(method: string, path: string): Promise<{ status: number | undefined; allow: string | undefined; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = httpRequest(`${server.origin}${path}`, { method, headers: { cookie: ana, origin: server.origin } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, allow: response.headers.allow, text }));
      });
      asked.on('error', reject).end();
    });
  }
});

describe('who may', () => {
  test('an ops lead and an owner are let in everywhere, and nothing fails', async () => {
    for (const who of [() => lead, () => ana])
      await expectStatuses(
        guarded().filter(isSafe),
        (operation) => tryAs(who(), operation),
        (status, { path, access }) =>
          status < 400 || (status === 404 && path.includes('{')) || (status === 403 && who() === lead && access === 'session'),
      );
  });

  // Last: an owner may end what the others stand on.
  test('an owner’s call with what the document describes is understood', async () => {
    await expectStatuses(
      guarded().filter((operation) => !isSafe(operation)),
      async (operation) => {
        if ((await server.call('GET', '/api/keys', { as: ana })).status === 401) ana = await server.signIn();
        know(await draft());
        own_ids.set('/api/proposals', String(own.proposal_id));
        return tryAs(ana, operation, { body: bodyOf(operation, `${mark}-again`) });
      },
      (status, operation) => status !== 401 && status !== 415 && status < 500 && (status !== 400 || isCeremony(operation)),
    );
  });
});
