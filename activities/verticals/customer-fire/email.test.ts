import { expect, test } from 'vitest';

import { apologyFor, fireWording } from './email.ts';
import { assessFire } from './rules.ts';
import { sampleFacts } from './testing.ts';

const facts = sampleFacts();
const assessment = assessFire(facts, new Date('2026-11-20T13:00:00Z'));
const draft = assessment.propose ? assessment.drafts[0] : undefined;
const task = draft === undefined ? null : fireWording(facts, draft);
const objectionTo = (body: string) => task?.objection({ subject: 'Sorry', body: `Hi Bo,\n\n${body}\n\nThank you for your patience.` });

test("the rules' own words keep their own rules", () => {
  expect(task?.objection(apologyFor(facts))).toBeNull();
});

test('the model is told nothing that the customer wrote', () => {
  expect(Object.keys(task?.facts ?? {})).toEqual(['greeting', 'vip', 'example']);
});

test.each([
  'We will refund the last month.',
  'You get a credit of one month.',
  'I promise that this never happens again.',
  'We will fix it by tomorrow.',
  'It will be resolved within the hour.',
])('a model that promises something is not used: %s', (body) => {
  expect(objectionTo(body)).toBe('a promise');
});

test('a model that apologises is used', () => {
  expect(objectionTo('I am sorry that you had to write to us. Just reply if there is more on your mind.')).toBeNull();
});
