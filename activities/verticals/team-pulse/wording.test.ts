import { expect, test } from 'vitest';

import { reword } from '../../graph/words.ts';
import { assessTeamPulse } from './rules.ts';
import { now, sampleFacts } from './testing.ts';
import { pulseWording } from './wording.ts';

const assessment = assessTeamPulse(sampleFacts(), now);
const [draft] = assessment.propose ? assessment.drafts : [];
if (draft === undefined || draft.action.operation !== 'calendar.invite') throw new Error('no invitation');
const task = pulseWording(sampleFacts(), draft);
const own = draft.action.payload.description;

test('the rules’ own text passes the rules for words', () => {
  expect(task?.objection({ subject: '', body: own })).toBeNull();
});

test('a model words the text of an invitation, and neither its name nor its time nor its guest', async () => {
  const body = 'A quiet moment for the both of us. What should we talk about, and what would make next week easier?';
  const saying = { model: 'm', write: async () => ({ subject: 'Urgent', body, explanation: 'Kind.', claims: [] }) };
  const { stored, author } = await reword(saying, task, draft, []);
  expect(stored).toEqual({ ...draft, action: { ...draft.action, payload: { ...draft.action.payload, description: body } } });
  expect(author).toMatchObject({ by: 'model', unsupported: [] });
});

test.each(['You committed less.', 'You were away a lot.', 'It is 75 percent.', 'Your mood seems low.', 'See https://evil.example'])(
  'an invitation never says why: %j',
  (more) => {
    expect(task?.objection({ subject: '', body: `${own} ${more}` })).toEqual(expect.any(String));
  },
);
