import { expect, test } from 'vitest';

import { parseEnvironment } from '../../domain/environment.ts';
import { createSampleSender } from './sender.ts';
import { startTestServer } from '../testing.ts';
import { createWebhookSecrets } from '../webhook-secrets.ts';

test('the sample is a new failed invoice of a customer whose subscription is known, through the signed door', async () => {
  const server = await startTestServer({ STRIPE_WEBHOOK_SECRET: '', STRIPE_WEBHOOK_SECRET_PREVIOUS: '' });
  const secrets = createWebhookSecrets({ db: server.db, environment: parseEnvironment({}), org_id: server.org_id });
  const sendSample = createSampleSender({ db: server.db, secrets, port: () => Number(new URL(server.origin).port) });
  const person = { user_id: 'u', org_id: server.org_id, name: 'Ana', email: 'ana@example.com', role: 'owner' } as const;
  const [first, second] = [await sendSample(person, 'failed_payment'), await sendSample(person, 'failed_payment')];
  const rows = await server.db.prisma.events.findMany({ where: { id: { in: [first, second] } } });
  expect(rows.map(({ type, status }) => [type, status])).toEqual(Array(2).fill(['invoice.payment_failed', 'received']));
  expect(new Set(rows.map(({ subject }) => subject)).size).toBe(2);
  expect(server.started.map(({ event_id }) => event_id)).toEqual([first, second]);
  const objects = await server.db.prisma.provider_objects.findMany({ where: { customer: 'cus_ExecOpsSample' } });
  expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['subscription', 'invoice']));
  const vip = await sendSample(person, 'angry_vip');
  expect(await server.db.prisma.events.findUnique({ where: { id: vip } })).toMatchObject({
    type: 'conversation.user.created',
    status: 'received',
  });
  await expect(sendSample({ ...person, role: 'viewer' }, 'angry_vip')).rejects.toMatchObject({ status: 403 });
  await server.close();
});
