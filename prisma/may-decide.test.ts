import { afterAll, beforeAll, expect, test } from 'vitest';

import { Problem } from '../domain/problem.ts';
import { roles } from '../domain/app.ts';
import { urgencies } from '../domain/proposal.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { delegate } from './delegate.ts';
import { recordDelegation } from './delegations.ts';
import { refuseWhoMayNotDecide } from './may-decide.ts';
import { lockProposal } from './moves.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

const delegations = ['none', 'lasting', 'ended', 'handed on'] as const;

test('the code and the database say the same of every role, urgency, list, delegation and kind of card', async () => {
  const { db, org_id } = t;
  const owner = await member(db, org_id);
  const said: string[] = [];
  for (const role of roles)
    for (const approver of [true, false]) {
      const person = await member(db, org_id, { role, approver });
      for (const urgency of urgencies)
        for (const vertical of ['money', 'settings'])
          for (const delegation of delegations) {
            const card = await pendingCard(db, org_id, { urgency, vertical });
            const row = await db.tx((sql) => lockProposal(sql, org_id, card.id));
            const hand = (to: string, seconds: number) =>
              db.tx((sql) =>
                recordDelegation(sql, row, {
                  from: owner.user_id,
                  to,
                  until: new Date(Date.now() + seconds * 1_000),
                  reason: 'away',
                  by: 'user',
                }),
              );
            if (delegation !== 'none') await hand(person.user_id, delegation === 'ended' ? -1 : 600);
            if (delegation === 'handed on') await hand(owner.user_id, 600);

            const in_code = await db
              .tx((sql) => refuseWhoMayNotDecide(sql, person, row))
              .then(
                () => true,
                (error: unknown) => (error instanceof Problem ? false : Promise.reject(error)),
              );
            const [listed] = await db.sql<{
              may: boolean;
            }>`select may_decide(p, ${person.user_id}) as may from proposals p where id = ${card.id}`;
            const name = `${role} ${approver ? 'on' : 'off'} the list, ${urgency} ${vertical}, delegation ${delegation}`;
            expect(listed?.may, name).toBe(in_code);
            if (in_code) said.push(name);
          }
    }
  // Owners on the list decide all 24; ops leads 4 of low urgency and, of each of the others, what is delegated to them.
  expect(said.filter((name) => name.startsWith('owner'))).toHaveLength(24);
  expect(said.filter((name) => name.startsWith('ops_lead'))).toHaveLength(4 + 2);
  expect(said.filter((name) => name.startsWith('viewer'))).toHaveLength(0);
});

test('a change of the product’s own rules is handed to owners only', async () => {
  const { db, org_id } = t;
  const owner = await member(db, org_id);
  const lead = await member(db, org_id, { role: 'ops_lead' });
  const card = await pendingCard(db, org_id, { vertical: 'settings' });
  const until = new Date(Date.now() + 3_600_000);
  await expect(delegate(db, owner, card.id, { to: lead.user_id, until, reason: 'away' })).rejects.toMatchObject({ status: 400 });
  await delegate(db, owner, card.id, { to: (await member(db, org_id)).user_id, until, reason: 'away' });
});
