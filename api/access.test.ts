import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { email_draft, startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
let personal_key: string;
let agent_key: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
  personal_key = await makeKey('personal');
  agent_key = await makeKey('agent');
});
afterAll(() => server.close());

async function makeKey(kind: string, as = ana): Promise<string> {
  const answer = await server.call('POST', '/api/keys', { as, body: { name: 'a script', kind } });
  expect(answer.status).toBe(201);
  return answer.json.key;
}

async function draft(urgency = 'high'): Promise<{ proposal_id: string; payload_hash: string }> {
  const answer = await server.call('POST', '/ai/propose', { as: ana, body: { ...email_draft, urgency } });
  expect(answer.status).toBe(201);
  return answer.json;
}

const unknown_id = '00000000-0000-4000-8000-000000000000';
const guarded: [string, string, unknown?][] = [
  ['GET', '/api/inbox'],
  ['GET', '/api/events'],
  ['GET', `/api/events/${unknown_id}`],
  ['POST', `/api/events/${unknown_id}/replay`],
  ['GET', `/api/proposals/${unknown_id}`],
  ['GET', `/api/proposals/${unknown_id}/audit`],
  ['GET', `/api/proposals/${unknown_id}/executions`],
  ['GET', `/api/proposals/${unknown_id}/trace`],
  ['GET', `/api/proposals/${unknown_id}/receipt`],
  ['GET', '/api/stream'],
  ['GET', '/api/keys'],
  ['GET', '/api/audit/verify'],
  ['POST', '/ai/propose', email_draft],
  ['POST', '/ai/decide', {}],
  ['POST', '/api/context', {}],
  ['POST', '/api/keys', {}],
  ['DELETE', `/api/keys/${unknown_id}`],
  ...['undo', 'retry', 'resolve', 'dry-run'].map((verb): [string, string, unknown] => ['POST', `/api/proposals/${unknown_id}/${verb}`, {}]),
];

describe('who is nobody', () => {
  test.each(guarded)('%s %s is 401', async (method, path, body) => {
    const answer = await server.call(method, path, { body });
    expect(answer.status).toBe(401);
    expect(answer.json.type).toBe('/docs#unauthenticated');
  });

  test('an unknown or revoked key is 401, and a session beside it does not help', async () => {
    const key = await makeKey('personal');
    const { keys } = (await server.call('GET', '/api/keys', { as: ana })).json;
    expect((await server.call('DELETE', `/api/keys/${keys.at(-1).id}`, { as: ana })).status).toBe(204);
    expect((await server.call('GET', '/api/inbox', { as: key })).status).toBe(401);
    expect((await server.call('GET', '/api/inbox', { as: 'eo_agent_nonsense', headers: { cookie: ana } })).status).toBe(401);
  });

  test('a former member is nobody, by session and by key', async () => {
    const leaver = await server.member('ops_lead');
    const key = await makeKey('personal', leaver);
    await server.db.sql`delete from members where role = 'ops_lead'`;
    expect((await server.call('GET', '/api/inbox', { as: leaver })).status).toBe(401);
    expect((await server.call('GET', '/api/inbox', { as: key })).status).toBe(401);
  });
});

describe('keys', () => {
  test('are shown once and stored hashed', async () => {
    expect(personal_key).toMatch(/^eo_personal_[\w-]{43}$/);
    expect(agent_key).toMatch(/^eo_agent_[\w-]{43}$/);
    const listed = await server.call('GET', '/api/keys', { as: ana });
    expect(listed.text).not.toContain(personal_key);
    expect(JSON.stringify(await server.db.prisma.api_keys.findMany())).not.toContain(personal_key);
  });

  test('read and propose, without Origin', async () => {
    for (const key of [personal_key, agent_key]) {
      expect((await server.call('GET', '/api/inbox', { as: key })).status).toBe(200);
      expect((await server.call('POST', '/ai/propose', { as: key, body: email_draft })).status).toBe(201);
    }
    const { keys } = (await server.call('GET', '/api/keys', { as: ana })).json;
    expect(keys[0].last_used_at).not.toBeNull();
  });

  test('of any kind decide nothing, not even beside a session', async () => {
    const proposal = await draft();
    const body = { proposal_id: proposal.proposal_id, payload_hash: proposal.payload_hash, decision: 'approve' };
    for (const key of [personal_key, agent_key]) {
      for (const headers of [{}, { cookie: ana, origin: server.origin }] as Record<string, string>[]) {
        expect((await server.call('POST', '/ai/decide', { as: key, body, headers })).status).toBe(403);
        for (const verb of ['undo', 'retry', 'resolve']) {
          expect((await server.call('POST', `/api/proposals/${proposal.proposal_id}/${verb}`, { as: key, headers })).status).toBe(403);
        }
        expect((await server.call('POST', '/api/context', { as: key, body: {}, headers })).status).toBe(403);
        expect((await server.call('POST', '/api/keys', { as: key, body: { name: 'x', kind: 'personal' }, headers })).status).toBe(403);
        expect((await server.call('GET', '/api/keys', { as: key, headers })).status).toBe(403);
      }
    }
    expect((await server.call('GET', `/api/proposals/${proposal.proposal_id}`, { as: ana })).json.status).toBe('pending');
  });

  test('an unknown id to revoke is 404, also when it is no id at all', async () => {
    for (const id of [unknown_id, 'nope', '1 or 1=1', '__proto__'])
      expect((await server.call('DELETE', `/api/keys/${encodeURIComponent(id)}`, { as: ana })).status).toBe(404);
  });
});

describe('roles', () => {
  test('a viewer reads and nothing else', async () => {
    const viewer = await server.member('viewer');
    const proposal = await draft('low');
    expect((await server.call('GET', '/api/inbox', { as: viewer })).status).toBe(200);
    for (const [path, body] of [
      ['/ai/propose', email_draft],
      ['/ai/decide', { proposal_id: proposal.proposal_id, payload_hash: proposal.payload_hash, decision: 'reject' }],
      ['/api/context', {}],
      ['/api/keys', { name: 'x', kind: 'personal' }],
      [`/api/proposals/${proposal.proposal_id}/undo`, undefined],
    ] as const) {
      expect((await server.call('POST', path, { as: viewer, body })).status).toBe(403);
    }
  });

  test('an ops lead decides low urgency only, makes no agent keys and tells no context', async () => {
    const lead = await server.member('ops_lead');
    const [low, high] = [await draft('low'), await draft('high')];
    const decide = (proposal: typeof low) =>
      server.call('POST', '/ai/decide', {
        as: lead,
        body: { proposal_id: proposal.proposal_id, payload_hash: proposal.payload_hash, decision: 'reject' },
      });
    expect((await decide(high)).status).toBe(403);
    expect((await decide(low)).status).toBe(200);
    expect((await server.call('POST', '/api/keys', { as: lead, body: { name: 'x', kind: 'agent' } })).status).toBe(403);
    expect((await server.call('POST', '/api/context', { as: lead, body: {} })).status).toBe(403);
  });

  test('who is not on the approver list decides nothing, owner included', async () => {
    const lone = await startTestServer();
    const me = await lone.signIn();
    const { proposal_id, payload_hash } = (await lone.call('POST', '/ai/propose', { as: me, body: email_draft })).json;
    await lone.db.sql`delete from approvers`;
    const answer = await lone.call('POST', '/ai/decide', { as: me, body: { proposal_id, payload_hash, decision: 'approve' } });
    expect([answer.status, answer.json.type]).toEqual([403, '/docs#not_an_approver']);
    await lone.close();
  });
});

describe('a call with a cookie', () => {
  const post = (headers: Record<string, string>, body: string | undefined = JSON.stringify(email_draft)) =>
    server.call('POST', '/ai/propose', { headers: { cookie: ana, ...headers }, body });

  test('counts only with the Origin of this site', async () => {
    const port = new URL(server.origin).port;
    for (const host of ['localhost', '127.0.0.1', '[::1]']) expect((await post({ origin: `http://${host}:${port}` })).status).toBe(201);
    for (const origin of [
      'null',
      'https://evil.example',
      `https://localhost:${port}`,
      'http://localhost:1',
      `http://localhost.evil.example:${port}`,
    ]) {
      const answer = await post({ origin });
      expect([answer.status, answer.json.type]).toEqual([403, '/docs#wrong_origin']);
    }
    expect((await post({})).status).toBe(403);
  });

  test('must be JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect((await post({ origin: server.origin, 'content-type': type })).status).toBe(415);
    }
  });

  test('under a public address counts from there only', async () => {
    const published = await startTestServer({ PUBLIC_URL: 'http://ops.example.com/' });
    const me = await published.signIn();
    const propose = (origin: string) => published.call('POST', '/ai/propose', { headers: { cookie: me, origin }, body: email_draft });
    expect((await propose('http://ops.example.com')).status).toBe(201);
    expect((await propose(published.origin)).status).toBe(403);
    await published.close();
  });
});

describe('the limit of calls', () => {
  test('leaves a person room for a thousand at once', async () => {
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => server.call('GET', '/api/keys', { as: ana })));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
