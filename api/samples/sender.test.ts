import { expect, test } from 'vitest';

import { type Person, sample_names } from '../../domain/app.ts';
import { parseEnvironment } from '../../domain/environment.ts';
import { startTestServer } from '../testing.ts';
import { createWebhookSecrets } from '../webhook-secrets.ts';
import { createSampleSender } from './sender.ts';

const own_secrets = { STRIPE_WEBHOOK_SECRET: '', STRIPE_WEBHOOK_SECRET_PREVIOUS: '' };

async function start(environment: Record<string, string> = {}) {
  const server = await startTestServer({ ...own_secrets, ...environment });
  const secrets = createWebhookSecrets({ db: server.db, environment: parseEnvironment({}), org_id: server.org_id });
  const sender = createSampleSender({ db: server.db, secrets, origin: () => server.origin });
  const person: Person = { user_id: 'u', org_id: server.org_id, name: 'Ana', email: 'ana@example.com', role: 'owner' };
  return { server, sender, person };
}

test('the sample is a new failed invoice of a customer whose subscription is known, through the signed door', async () => {
  const { server, sender, person } = await start();
  const [first, second] = [await sender.send(person, 'failed_payment'), await sender.send(person, 'failed_payment')];
  const rows = await server.db.prisma.events.findMany({ where: { id: { in: [first, second] } } });
  expect(rows.map(({ type, status }) => [type, status])).toEqual(Array(2).fill(['invoice.payment_failed', 'received']));
  expect(new Set(rows.map(({ subject }) => subject)).size).toBe(2);
  expect(server.started.map(({ event_id }) => event_id)).toEqual([first, second]);
  const objects = await server.db.prisma.provider_objects.findMany({ where: { customer: 'cus_ExecOpsSample' } });
  expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['subscription', 'invoice']));
  await server.close();
});

test('every sample is a signed event that its procedure takes up, twice over', async () => {
  const { server, sender, person } = await start({ FEATURE_GITHUB: '1', FEATURE_SENTRY: '1' });
  for (const name of [...sample_names, ...sample_names]) {
    const id = await sender.send(person, name);
    expect(await server.db.prisma.events.findUnique({ where: { id } }), name).toMatchObject({ status: 'received', reason: null });
  }
  const deployments = await server.db.prisma.provider_objects.findMany({ where: { kind: 'deployment' } });
  expect(deployments).toHaveLength(2);
  await server.close();
});

test('a sample that this process did not send is as switched off as everything of its source', async () => {
  const { server, sender, person } = await start();
  const id = await sender.send(person, 'quiet_engineer');
  expect(await server.db.prisma.events.findUnique({ where: { id } })).toMatchObject({
    status: 'ignored',
    reason: 'GitHub is switched off: switch it on in the settings, or set FEATURE_GITHUB=1',
  });
  await server.close();
});

test('only its own mark makes a delivery a sample', async () => {
  const { server, sender } = await start();
  for (const told of [undefined, '', 'x', '0'.repeat(64), ['0'.repeat(64)]]) expect(sender.sent({ 'x-execops-sample': told })).toBe(false);
  await server.close();
});

test('a viewer sends no sample', async () => {
  const { server, sender, person } = await start();
  await expect(sender.send({ ...person, role: 'viewer' }, 'angry_vip')).rejects.toMatchObject({ status: 403 });
  await server.close();
});
