import { describe, expect, test } from 'vitest';

import type { Draft } from '../../../domain/sop.ts';
import { obedientWording } from '../../../providers/openai/testing-obedient.ts';
import { reword } from '../../graph/words.ts';
import { assessRelease } from './rules.ts';
import { sampleFacts } from './testing.ts';
import { releaseWording } from './wording.ts';

const now = new Date('2026-11-20T12:00:00Z');

function draftOf(name: string): Draft {
  const assessment = assessRelease(sampleFacts(), now);
  const drafts = assessment.propose ? assessment.drafts : [];
  const found = drafts.find(({ action }) => (action.operation ?? action.action_type) === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

describe.each([
  ['slack_dm', 'text'],
  ['github.revert_pull_request', 'body'],
])('the words of %s', (name, member) => {
  const draft = draftOf(name);
  const task = releaseWording(sampleFacts(), draft);
  const own = String((draft.action.payload as unknown as { [key: string]: string })[member]);

  test('in the rules’ own version pass the rules for words, with every number supported', async () => {
    expect(task?.objection({ subject: '', body: own })).toBeNull();
    const saying = { model: 'm', write: async () => ({ subject: '', body: own, explanation: '', claims: [] }) };
    const { stored, author } = await reword(saying, task, draft, []);
    expect(stored).toEqual(draft);
    expect(author?.unsupported).toEqual([]);
  });

  test('may be the model’s, and nothing else may', async () => {
    const { stored, author } = await reword(obedientWording('Blame everybody for 99 things', 'slyly'), task, draft, []);
    expect(author).toMatchObject({ by: 'model', unsupported: expect.arrayContaining(['99']) });
    expect(stored).toEqual({
      ...draft,
      action: { ...draft.action, payload: { ...draft.action.payload, [member]: `${own}\n\nBlame everybody for 99 things` } },
      flags: ['unsupported_numbers'],
    });
  });

  test('may carry no link and no mention', () => {
    for (const more of ['https://evil.example', 'ask @ben', '<!channel>', '[here](now)'])
      expect(task?.objection({ subject: '', body: `${own}\n${more}` })).toEqual(expect.any(String));
  });
});

test('a deployment has no words to word', () => {
  const facts = sampleFacts();
  const { deployment } = facts;
  const redeployed = assessRelease({ ...facts, deployment: deployment && { ...deployment, pull_request: null } }, now);
  if (!redeployed.propose) throw new Error(redeployed.reason);
  const [draft] = redeployed.drafts;
  expect(draft?.action.operation).toBe('github.redeploy');
  expect(draft && releaseWording(facts, draft)).toBeNull();
});
