import { randomUUID } from 'node:crypto';

import { Client, Connection } from '@temporalio/client';
import { expect, test } from 'vitest';

import { asOwner, testDatabase } from './database.ts';
import { testTemporal } from './temporal.ts';

test('two test databases are migrated and do not see each other', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  await one.db.sql`insert into "user" (id, name, email) values ('u1', 'Ana', 'ana@example.com')`;
  expect(await one.db.prisma.user.count()).toBe(1);
  expect(await two.db.prisma.user.count()).toBe(0);
  expect(await one.db.sql`select current_user as who`).toEqual([{ who: 'execops_app' }]);
  expect((await asOwner(one.url, 'select current_user as who')).rows).toEqual([{ who: 'postgres' }]);
  await Promise.all([one.close(), two.close()]);
});

test('a test namespace takes workflows with all search attributes', { timeout: 600_000 }, async () => {
  const { address, namespace } = await testTemporal();
  expect(await testTemporal()).toEqual({ address, namespace });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const handle = await client.workflow.start('nobodyRunsThis', {
    taskQueue: 'nobody',
    workflowId: randomUUID(),
    searchAttributes: {
      ExecOpsVertical: ['money'],
      ExecOpsUrgency: ['high'],
      ExecOpsOpenProposals: [2],
      ExecOpsProposalIds: ['a', 'b'],
      ExecOpsSubject: ['stripe:invoice:in_1'],
    },
  });
  await handle.terminate();
  await connection.close();
});
