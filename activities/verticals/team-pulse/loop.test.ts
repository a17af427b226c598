import { afterAll, beforeAll, expect, test } from 'vitest';

import { context_request } from '../../../domain/context.ts';
import type { Json } from '../../../domain/text.ts';
import { storeContext } from '../../../prisma/context.ts';
import { insertEvent } from '../../../prisma/events.ts';
import { parseGithub } from '../../../providers/github/inbound.ts';
import { githubPush } from '../../../providers/github/testing.ts';
import { testSystem, type TestSystem } from '../../../scripts/testing/test-system.ts';
import { until } from '../../../scripts/testing/wait.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await testSystem();
});
afterAll(() => system.stop());

async function push(login: string): Promise<string> {
  const payload = githubPush({ author: { login } });
  const body = Buffer.from(JSON.stringify(payload));
  const event = parseGithub({ body, headers: { 'x-github-event': 'push' }, now: new Date() }, payload);
  const { event_id } = await insertEvent(system.db, system.org_id, event);
  system.dispatcher.started({ org_id: system.org_id, event_id });
  return event_id;
}

const tell = (context: Json) => storeContext(system.db, system.ana, context_request.parse(context));
const at_risk = { commits_previous_14d: 20, commits_last_14d: 4, pto_days_last_14d: 5, pto_days_baseline_14d: 1, sentiment: -0.6 };

test('from a push to an invitation in the mail, and nothing is sent once the engineer is back', async () => {
  await tell({ team: [{ github_login: 'cleo', name: 'Cleo', ...at_risk }], founder: { email: 'founder@example.com' } });
  const event_id = await push('cleo');
  const card = await system.cardOf(event_id, 'api_call');
  expect(card).toMatchObject({
    status: 'pending',
    urgency: 'low',
    vertical: 'team_pulse',
    operation: 'calendar.invite',
    subject: 'github:user:cleo',
    connection: 'outbox:local',
    event_ids: [event_id],
  });

  await tell({ team: [{ github_login: 'ben', name: 'Ben', ...at_risk }] });
  const second = await push('ben');
  const other = await system.cardOf(second, 'api_call');
  expect(other).toMatchObject({ urgency: 'high', subject: 'github:user:ben' });
  const raised = await until('the first card is high', async () => {
    const now = await system.view(card.id);
    return now.urgency === 'high' ? now : null;
  });
  expect(raised).toMatchObject({ event_ids: [event_id], version: 1, payload_hash: card.payload_hash });

  await system.approve(raised);
  await system.reached(card, 'executed');
  const [mail, ...more] = await system.outboxOf(card.id);
  expect(more).toEqual([]);
  expect(mail).toContain('To: founder@example.com');
  expect(mail).toContain('text/calendar');

  await tell({ team: [{ github_login: 'ben', commits_last_14d: 19 }] });
  await system.approve(other);
  const back = await system.reached(other, 'superseded');
  expect(back.notes.at(-1)).toBe('Nothing ran: the rules no longer propose it.');
  expect(await system.outboxOf(other.id)).toEqual([]);
});
