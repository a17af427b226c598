import { afterAll, beforeAll, expect, test } from 'vitest';

import { addOrganisation } from '../../scripts/testing/organisations.ts';
import { startPeer, type Peer } from '../../scripts/testing/peer.ts';
import { startPushService, type TestPushService } from '../../scripts/testing/push-service.ts';
import { until } from '../../scripts/testing/wait.ts';
import { email_draft, startTestServer, type TestServer } from '../testing.ts';
import { verified } from './testing-notices.ts';

let server: TestServer;
let receiver: Peer;
let push: TestPushService;
let owner: string;
let stranger: string;
beforeAll(async () => {
  [server, receiver, push] = await Promise.all([startTestServer(), startPeer(() => ({ status: 200 })), startPushService()]);
  owner = await server.signIn();
  stranger = await server.signIn(await addOrganisation(server));
});
afterAll(async () => {
  await server.close();
  await Promise.all([receiver.close(), push.close()]);
});

const add = (as: string, body: object) => server.call('POST', '/api/webhooks', { as, body });

test('an owner adds a webhook, whose secret is in that answer and in no other', async () => {
  const added = await add(owner, { url: `${receiver.url}/one`, events: ['approved', 'proposal.rejected'] });
  expect([added.status, added.json.events]).toEqual([201, ['proposal.approved', 'proposal.rejected']]);
  expect(added.json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const listed = await server.call('GET', '/api/webhooks', { as: owner });
  expect(listed.text).not.toContain('whsec_');
  expect(listed.json.webhooks).toMatchObject([
    { id: added.json.id, disabled_at: null, failing_since: null, last_delivery: null, waiting: 0 },
  ]);
  const tested = await server.call('POST', `/api/webhooks/${added.json.id}/test`, { as: owner });
  expect(tested.json).toEqual({ ok: true, status: 200, detail: 'It took the test message (200).' });
  const rotated = await server.call('POST', `/api/webhooks/${added.json.id}/rotate`, { as: owner });
  expect(rotated.json.secret).not.toBe(added.json.secret);
  expect(verified(receiver.requests[0] ?? expect.fail(), added.json.secret)).toMatchObject({ type: 'webhook.test' });
  const { rows } = { rows: await server.db.sql`select metadata ->> 'webhook' as act from audit where metadata ? 'webhook' order by seq` };
  expect(rows.map(({ act }) => act)).toEqual(['added', 'secret_rotated']);
  expect((await server.call('DELETE', `/api/webhooks/${added.json.id}`, { as: owner })).status).toBe(204);
});

test('whoever is no owner, and whoever is elsewhere, has no part in it', async () => {
  const { json } = await add(owner, { url: `${receiver.url}/two` });
  for (const role of ['ops_lead', 'viewer'] as const) {
    const as = await server.member(role);
    expect((await server.call('GET', '/api/webhooks', { as })).status).toBe(403);
    expect((await add(as, { url: `${receiver.url}/x` })).status).toBe(403);
    expect((await server.call('DELETE', `/api/webhooks/${json.id}`, { as })).status).toBe(403);
  }
  for (const [method, path] of [
    ['DELETE', ''],
    ['POST', '/test'],
    ['POST', '/rotate'],
    ['POST', '/enable'],
  ] as const)
    expect((await server.call(method, `/api/webhooks/${json.id}${path}`, { as: stranger })).status).toBe(404);
  expect((await server.call('GET', '/api/webhooks', { as: stranger })).json.webhooks).toEqual([]);
  const key = (await server.call('POST', '/api/keys', { as: owner, body: { name: 'k', kind: 'personal' } })).json.key;
  for (const path of ['/api/webhooks', '/api/push/key', '/api/notices/preferences'])
    expect((await server.call('GET', path, { as: key })).status).toBe(403);
  await server.call('DELETE', `/api/webhooks/${json.id}`, { as: owner });
});

test('an address that must not be reached is refused with a sentence', async () => {
  for (const url of [
    'http://hooks.example.com/',
    'https://10.0.0.8/',
    'https://169.254.169.254/',
    'file:///etc/passwd',
    'nonsense',
    'https://a:b@hooks.example.com/',
  ])
    expect((await add(owner, { url })).status, url).toBe(400);
  expect((await add(owner, { url: `${receiver.url}/`, events: ['proposal.forgotten'] })).status).toBe(400);
  const elsewhere = { endpoint: 'https://192.168.0.1/push', keys: push.subscribe('x').keys };
  expect((await server.call('POST', '/api/push/subscriptions', { as: owner, body: elsewhere })).status).toBe(400);
});

test('a decision over HTTP is told to a receiver and to a device, from start to end', async () => {
  await add(owner, { url: `${receiver.url}/three` });
  const lead = await server.member('ops_lead');
  await server.db
    .sql`insert into approvers (org_id, action_type, user_id) select org_id, 'email', user_id from members where role = 'ops_lead' on conflict do nothing`;
  const { key } = (await server.call('GET', '/api/push/key', { as: lead })).json;
  const { id, ...subscription } = push.subscribe(key);
  const device = await server.call('POST', '/api/push/subscriptions', { as: lead, body: subscription, headers: { 'user-agent': android } });
  expect([device.status, device.json.device]).toEqual([201, 'Chrome on Android']);
  await server.call('POST', '/api/notices/preferences', { as: lead, body: { push: 'all' } });
  expect((await server.call('GET', '/api/notices/preferences', { as: lead })).json).toEqual({
    mail: 'none',
    push: 'all',
    content_free: false,
  });
  const drafted = (await server.call('POST', '/ai/propose', { as: owner, body: { ...email_draft, urgency: 'low' } })).json;
  await until('the device has it', () => push.pushed.find((one) => one.id === id));
  const decision = { proposal_id: drafted.proposal_id, payload_hash: drafted.payload_hash, decision: 'reject' };
  expect((await server.call('POST', '/ai/decide', { as: owner, body: decision })).status).toBe(200);
  await until('the device is told that it is over', () => push.pushed.find((one) => one.id === id && one.data.silent));
  const types = () => receiver.requests.filter(({ path }) => path === '/three').map(({ text }) => JSON.parse(text).type);
  await until('the receiver has both', () => types().length === 2);
  expect(types().toSorted()).toEqual(['proposal.pending', 'proposal.rejected']);
  expect((await server.call('DELETE', `/api/push/subscriptions/${device.json.id}`, { as: owner })).status).toBe(404);
  expect((await server.call('DELETE', `/api/push/subscriptions/${device.json.id}`, { as: lead })).status).toBe(204);
});

const android = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
