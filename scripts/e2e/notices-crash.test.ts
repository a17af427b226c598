/** Two web processes share what has to be told, and one of them dies in the middle of it. */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { verified } from '../../api/notices/testing-notices.ts';
import { addEndpoint } from '../../prisma/webhook-endpoints.ts';
import { startChild, type Child } from '../child.ts';
import { freePort } from '../ports.ts';
import { root } from '../stamp.ts';
import { member, pendingCard } from '../testing/cards.ts';
import { startInstance, type Instance } from '../testing/instance.ts';
import { startPeer, type Peer } from '../testing/peer.ts';
import { until } from '../testing/wait.ts';

let instance: Instance;
let receiver: Peer;
const further: Child[] = [];
beforeAll(async () => {
  [instance, receiver] = await Promise.all([startInstance({ processes: ['web'] }), startPeer(() => ({ status: 204 }))]);
}, 120_000);
afterAll(async () => {
  await Promise.all(further.filter((child) => child.running()).map((child) => child.stop()));
  await instance?.stop();
  await receiver?.close();
});

async function secondWeb(): Promise<Child> {
  const port = await freePort();
  const child = startChild('web 2', process.execPath, ['api/main.ts'], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: instance.database_url,
      TEMPORAL_ADDRESS: instance.temporal.address,
      TEMPORAL_NAMESPACE: instance.temporal.namespace,
      DATA_DIR: instance.data_dir,
    },
    onLine: () => undefined,
  });
  further.push(child);
  await until('the second process answers', async () => (await fetch(`http://localhost:${port}/health`)).ok, 60_000);
  return child;
}

test('a message that was on its way in a process that died comes again under the same id; none is lost, none doubled otherwise', async () => {
  const { db, org_id } = instance;
  await secondWeb();
  const { secret } = await addEndpoint(db, await member(db, org_id), { url: `${receiver.url}/hook` });
  // The first four hang: they are on their way when their process dies.
  receiver.next('/hook', 'hang', 'hang', 'hang', 'hang');
  const cards = await Promise.all(Array.from({ length: 30 }, () => pendingCard(db, org_id, { title: `Card ${randomUUID()}` })));
  await until('some are on their way', () => receiver.requests.length >= 8);
  await instance.kill('web', 'SIGKILL');
  // What the dead process had leased is free when its lease ends; a test does not wait a minute for it.
  await db.sql`update webhook_deliveries set next_attempt_at = now() where status = 'waiting' and next_attempt_at > now()`;
  await instance.restart('web');
  await until(
    'all are delivered',
    async () => (await db.prisma.webhook_deliveries.count({ where: { status: 'delivered' } })) === 30,
    60_000,
  );
  const messages = receiver.requests.map((request) => verified(request, secret));
  expect(new Set(messages.map(({ data }) => data.proposal_id))).toEqual(new Set(cards.map(({ id }) => id)));
  const ids = new Map<unknown, Set<string>>();
  for (const { id, data } of messages) ids.set(data.proposal_id, (ids.get(data.proposal_id) ?? new Set()).add(id));
  for (const of_card of ids.values()) expect(of_card.size).toBe(1);
  expect(messages.length).toBeLessThanOrEqual(30 + 8);
}, 180_000);
