import { afterEach, describe, expect, test } from 'vitest';

import type { WordingContext, WordingTask } from '../../domain/sop.ts';
import { createWording } from './outbound.ts';
import { startModel, type ModelBehaviour, type TestModel } from './testing.ts';

let model: TestModel | undefined;
afterEach(() => model?.close());

const task: WordingTask = {
  system: 'Word an email.',
  facts: { amount: '$499.00' },
  outside: [],
  objection: ({ body }) => (body.includes('evil') ? 'a web address' : null),
  fill: (words) => words,
};
const context: WordingContext = { evidence: [{ id: 'E1', claim: 'It failed' }], lessons: [{ rejected_because: 'too long' }] };
const good = { subject: ' About your payment ', body: 'Hi Ana,\r\n\r\nyour payment failed.', explanation: ' Short and kind.' };

async function write(behaviours: ModelBehaviour[], budget_ms?: number) {
  model = await startModel(...behaviours);
  const wording = createWording({ OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'gpt-test' }, { budget_ms });
  return wording?.write(task, context);
}

describe('the model', () => {
  test('is asked once, with the facts as data and a strict schema', async () => {
    expect(await write([{ say: good }])).toEqual({
      subject: 'About your payment',
      body: 'Hi Ana,\n\nyour payment failed.',
      explanation: 'Short and kind.',
      claims: [],
    });
    expect(model?.asked).toHaveLength(1);
    expect(model?.asked[0]).toMatchObject({
      model: 'gpt-test',
      messages: [
        { role: 'system', content: expect.stringMatching(/^Word an email\./) },
        { role: 'user', content: JSON.stringify({ facts: task.facts, ...context }) },
      ],
      response_format: { type: 'json_schema', json_schema: { strict: true } },
    });
  });

  test('gets a second try after a bad reply, and not a third', async () => {
    expect(await write([{ say: { ...good, body: 'evil' } }, { say: good }])).toMatchObject({ subject: 'About your payment' });
    model?.close();
    expect(await write([{ say: { ...good, body: 'evil' } }])).toEqual({ failed: 'a web address' });
    expect(model?.asked).toHaveLength(2);
  });

  test.each<[string, ModelBehaviour, string]>([
    ['a 429', { status: 429 }, 'the model answered 429'],
    ['a 500', { status: 500 }, 'the model answered 500'],
    ['a 401', { status: 401 }, 'the model answered 401'],
    ['a reply that is no JSON', { raw: 'Sure! Here is your email' }, 'it was not in the asked form'],
    ['a reply of another shape', { say: { subject: 1 } }, 'it was not in the asked form'],
    ['an empty reply', { raw: '' }, 'it was not in the asked form'],
    ['a connection that breaks', 'hang_up', 'the model could not be reached'],
  ])('that gives %s fails after two tries, with a reason in our words', async (_what, behaviour, failed) => {
    expect(await write([behaviour])).toEqual({ failed });
    expect(model?.asked).toHaveLength(2);
  });

  test('that hangs is given up on when the whole budget is spent', async () => {
    const started = performance.now();
    expect(await write(['hang'], 200)).toEqual({ failed: 'it was too slow' });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(model?.asked).toHaveLength(1);
  });

  test('that is not configured is not there', () => {
    expect(createWording({ OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined, OPENAI_MODEL: 'gpt-test' })).toBeNull();
  });
});
