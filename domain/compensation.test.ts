import { expect, test } from 'vitest';

import type { Action } from './action.ts';
import { compensationOf } from './compensation.ts';

const nothing = { result: {}, replaced_sha: null };
const call = (operation: string, payload: object) => ({ action_type: 'api_call', operation, payload }) as Action;
const meeting = {
  to: 'ana@example.com',
  summary: 'Ana and you',
  description: '',
  starts_at: '2026-12-01T09:00:00Z',
  duration_minutes: 30,
  uid: 'u1@example.com',
  sequence: 3,
};
const old_sha = 'a'.repeat(40);
const redeploy = { repository: 'acme/shop', workflow: 'deploy.yml', ref: 'main', sha: old_sha };

test('a pause is taken back by collecting again', () => {
  const pause = call('stripe.pause_collection', { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2026-12-01T09:00:00Z' });
  expect(compensationOf(pause, nothing)).toEqual(call('stripe.resume_collection', { subscription: 'sub_1' }));
  expect(
    compensationOf(call('stripe.resume_collection', { subscription: 'sub_1' }), nothing),
    'until when it was paused is gone',
  ).toBeNull();
});

test('an invitation is taken back by cancelling the same meeting, one sequence higher', () => {
  expect(compensationOf(call('calendar.invite', meeting), nothing)).toEqual(call('calendar.cancel', { ...meeting, sequence: 4 }));
  expect(compensationOf(call('calendar.invite', { ...meeting, sequence: 10_000 }), nothing), 'there is no higher one').toBeNull();
});

test('a conversation goes back to whose it was, when that is known', () => {
  const assign = call('intercom.assign', { conversation: '123', assignee_id: '900' });
  expect(compensationOf(assign, { ...nothing, result: { previous_assignee_id: '814860' } })).toEqual(
    call('intercom.assign', { conversation: '123', assignee_id: '814860' }),
  );
  expect(compensationOf(assign, nothing)).toBeNull();
  expect(compensationOf(assign, { ...nothing, result: null })).toBeNull();
});

test('a redeployment is taken back by deploying what ran before it, when that is known', () => {
  const sha = 'b'.repeat(40);
  expect(compensationOf(call('github.redeploy', redeploy), { ...nothing, replaced_sha: sha })).toEqual(
    call('github.redeploy', { ...redeploy, sha }),
  );
  for (const replaced_sha of [null, old_sha, 'not a commit'])
    expect(compensationOf(call('github.redeploy', redeploy), { ...nothing, replaced_sha })).toBeNull();
});

test('what was said stays said', () => {
  const email: Action = { action_type: 'email', operation: null, payload: { to: 'ana@example.com', subject: 'x', body: 'y' } };
  const dm: Action = { action_type: 'slack_dm', operation: null, payload: { to: 'U0ANA', text: 'x' } };
  for (const action of [email, dm, call('intercom.reply', { conversation: '1', body: 'x' }), call('hubspot.create_task', {})])
    expect(compensationOf(action, nothing)).toBeNull();
});
