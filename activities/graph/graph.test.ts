import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { Lesson, Sop, StoredEvent } from '../../domain/sop.ts';
import { createWording } from '../../providers/openai/outbound.ts';
import { startModel, type ModelBehaviour, type TestModel } from '../../providers/openai/testing.ts';
import { checkpoint_schema } from '../../prisma/migrate.ts';
import { type TestDatabase, testDatabase } from '../../scripts/testing/database.ts';
import { link_placeholder, moneyWording } from '../verticals/money/email.ts';
import { assessMoney, type MoneyFacts } from '../verticals/money/rules.ts';
import { sampleFacts } from '../verticals/money/testing.ts';
import { runGraph, type GraphDeps } from './graph.ts';
import { by_rules } from './words.ts';

let database: TestDatabase;
let checkpointer: PostgresSaver;
let model: TestModel | undefined;
let threads = 0;
const now = new Date('2026-11-20T13:00:00Z');
const event: StoredEvent = {
  id: '0197a000-0000-7000-8000-000000000001',
  org_id: 'o',
  source: 'stripe',
  type: 'invoice.payment_failed',
  occurred_at: now,
  received_at: now,
  subject: null,
  payload: {},
  actor_id: null,
};

beforeAll(async () => {
  database = await testDatabase();
  // The application's own pool and role, as in the worker.
  checkpointer = new PostgresSaver(database.db.pool, undefined, { schema: checkpoint_schema });
});
afterAll(() => database.close());
afterEach(() => model?.close());

const worded = {
  subject: 'A small thing about your payment',
  body: `Hi Ana,\n\nyour payment of $499.00 did not go through. Here you can update your card:\n\n${link_placeholder}\n\nJust reply if anything is unclear.`,
  explanation: 'Short and kind.',
};

function sopOf(facts: () => MoneyFacts | Promise<MoneyFacts>): Sop<MoneyFacts> {
  return {
    vertical: 'money',
    version: 'test',
    asks_provider: false,
    triggeredBy: () => true,
    settles: 'for_good',
    settledBy: () => false,
    subjectsOf: async () => [],
    gather: async () => facts(),
    assess: (gathered, at) => assessMoney(gathered, at),
    wording: (gathered, draft) => moneyWording(gathered, draft),
  };
}

async function depsWith({
  facts = () => sampleFacts(),
  behaviours,
  budget_ms,
  lessons = [],
}: {
  facts?: () => MoneyFacts | Promise<MoneyFacts>;
  behaviours?: ModelBehaviour[];
  budget_ms?: number;
  lessons?: Lesson[];
} = {}): Promise<GraphDeps> {
  threads += 1;
  if (behaviours !== undefined) model = await startModel(...behaviours);
  const wording =
    behaviours === undefined
      ? null
      : createWording({ OPENAI_API_KEY: 'sk', OPENAI_BASE_URL: model?.url, OPENAI_MODEL: 'gpt-test' }, { budget_ms });
  return { checkpointer, sop: sopOf(facts), wording, now, lessons: async () => lessons, thread_id: `event:${threads}:money`, resume: true };
}

async function rowsOf(thread_id: string): Promise<number> {
  const [row] = await database.db.sql<{ n: number }>`select count(*)::int as n from langgraph.checkpoints where thread_id = ${thread_id}`;
  return row?.n ?? 0;
}

const rulesOnly = () => {
  const assessment = assessMoney(sampleFacts(), now);
  if (!assessment.propose) throw new Error(assessment.reason);
  return assessment.drafts;
};

describe('rules alone', () => {
  test('give what the rules give, in four traced steps at most, kept as the application’s role', async () => {
    const deps = await depsWith();
    const outcome = await runGraph(deps, event);
    expect(outcome.assessment).toEqual({ propose: true, drafts: rulesOnly() });
    expect(outcome.words).toEqual([by_rules]);
    expect(outcome.trace.map(({ step, summary }) => `${step}: ${summary}`)).toEqual([
      'context: facts of invoice.payment_failed gathered',
      'reasoning: proposes email',
      "draft: 1 drafted in the rules' own words",
    ]);
    expect(await rowsOf(deps.thread_id)).toBeGreaterThan(0);
  });

  test('that propose nothing end with the reason', async () => {
    const outcome = await runGraph(await depsWith({ facts: () => sampleFacts({ percentile: null }) }), event);
    expect(outcome.assessment).toEqual({ propose: false, reason: "the customer's monthly revenue is not known" });
    expect(outcome.words).toEqual([]);
    expect(outcome.trace.map(({ step }) => step)).toEqual(['context', 'reasoning']);
  });

  test('a finished thread gives its outcome again without running', async () => {
    for (const facts of [sampleFacts(), sampleFacts({ percentile: null })]) {
      let gathered = 0;
      const deps = await depsWith({ facts: () => ((gathered += 1), facts) });
      const first = await runGraph(deps, event);
      expect(await runGraph(deps, event)).toEqual(first);
      expect(gathered).toBe(1);
    }
  });

  test('a run that failed runs again', async () => {
    let gathered = 0;
    const deps = await depsWith({ facts: () => ((gathered += 1) === 1 ? Promise.reject(new Error('Postgres is down')) : sampleFacts()) });
    await expect(runGraph(deps, event)).rejects.toThrow('Postgres is down');
    expect((await runGraph(deps, event)).assessment.propose).toBe(true);
    expect(gathered).toBe(2);
  });

  test('a draft that breaks its own schema is never handed on', async () => {
    const facts = () => sampleFacts({ customer: { ...sampleFacts().customer, email: 'ana@example.com\r\nBcc: x@y.zz' } });
    await expect(runGraph(await depsWith({ facts }), event)).rejects.toThrow('one email address');
  });
});

describe('with a model', () => {
  test('its words are used and everything else stays the rules’ own', async () => {
    const { assessment, words, trace } = await runGraph(await depsWith({ behaviours: [{ say: worded }] }), event);
    const [expected] = rulesOnly();
    const body = worded.body.replace(link_placeholder, 'https://invoice.stripe.com/i/in_1');
    expect(assessment).toEqual({
      propose: true,
      drafts: [{ ...expected, action: { ...expected?.action, payload: { to: 'ana@example.com', subject: worded.subject, body } } }],
    });
    expect(words).toEqual([{ by: 'model', model: 'gpt-test', explanation: 'Short and kind.', claims: [], unsupported: [] }]);
    expect(trace.at(-1)?.summary).toBe('worded by gpt-test');
  });

  test('a paid reply is not asked for again when the run is repeated', async () => {
    const deps = await depsWith({ behaviours: [{ say: worded }] });
    const first = await runGraph(deps, event);
    expect(await runGraph(deps, event)).toEqual(first);
    expect(model?.asked).toHaveLength(1);
  });

  test('a run that broke at the model resumes there, with the facts it had', async () => {
    let gathered = 0;
    const deps = await depsWith({ facts: () => ((gathered += 1), sampleFacts()), behaviours: [{ say: worded }] });
    const breaking = { model: 'gpt-test', write: () => Promise.reject(new Error('the worker was killed')) };
    await expect(runGraph({ ...deps, wording: breaking }, event)).rejects.toThrow('the worker was killed');
    expect(gathered).toBe(1);
    const outcome = await runGraph(deps, event);
    expect(gathered).toBe(1);
    expect(outcome.words).toMatchObject([{ by: 'model' }]);
    expect(outcome.trace.map(({ step }) => step)).toEqual(['context', 'reasoning', 'draft', 'words']);
  });

  test.each<[string, ModelBehaviour[], number | undefined]>([
    ['is slow', ['hang'], 150],
    ['is broken', [{ status: 500 }], undefined],
    ['talks garbage', [{ raw: '<html>' }], undefined],
    [
      'is hostile',
      [{ say: { ...worded, body: `Pay at https://evil.example instead of ${link_placeholder}, dear customer of ours` } }],
      undefined,
    ],
  ])('that %s changes nothing but leaves a mark', async (_what, behaviours, budget_ms) => {
    const { assessment, words } = await runGraph(await depsWith({ behaviours, budget_ms }), event);
    const [expected] = rulesOnly();
    if (!assessment.propose) throw new Error(assessment.reason);
    const [draft] = assessment.drafts;
    expect(draft).toEqual({
      ...expected,
      flags: ['rules_only'],
      notes: [...(expected?.notes ?? []), expect.stringMatching(/^The words are the rules' own: the model's reply could not be used/)],
    });
    expect(words).toEqual([by_rules]);
  });

  test.each<[string, string, string[]]>([
    ['another amount', worded.body.replace('$499.00', '$4.99'), ['$4.99']],
    ['our amount made longer', `${worded.body} Pay $499.005.`, ['$499.005']],
    ['a phone number', `${worded.body} Call 555-0100.`, ['555', '0100']],
    ['a digit of another script', `${worded.body} Pay \u0664.`, ['\u0664']],
    ['a number in letters', `${worded.body} We give you fifty percent off.`, ['fifty percent']],
    ['our amount in another notation', worded.body.replace('$499.00', '499 dollars'), []],
  ])('that states %s has it marked, and a person opens the card first', async (_what, body, unsupported) => {
    const { assessment, words } = await runGraph(await depsWith({ behaviours: [{ say: { ...worded, body } }] }), event);
    if (!assessment.propose) throw new Error(assessment.reason);
    expect(words[0]?.unsupported).toEqual(unsupported);
    expect(assessment.drafts[0]?.flags.includes('unsupported_numbers')).toBe(unsupported.length > 0);
  });

  test('names the evidence of its claims, and a claim that rests on nothing of ours is marked', async () => {
    const claims = [
      { claim: 'The payment failed', evidence: ['E1', 'E1', 'E99'] },
      { claim: 'You are our favourite', evidence: ['https://evil.example'] },
    ];
    const { words, assessment } = await runGraph(await depsWith({ behaviours: [{ say: { ...worded, claims } }] }), event);
    expect(words[0]).toMatchObject({
      claims: [
        { claim: 'The payment failed', evidence: [0] },
        { claim: 'You are our favourite', evidence: [] },
      ],
      unsupported: ['You are our favourite'],
    });
    expect(assessment).toMatchObject({ drafts: [{ flags: ['unsupported_numbers'] }] });
  });

  test('finds no support for a number in a name that a customer gave themselves', async () => {
    const facts = () => sampleFacts({ customer: { ...sampleFacts().customer, name: 'Refund $7,000 Ltd' } });
    const body = `${worded.body} We owe you $7,000.`;
    const { words } = await runGraph(await depsWith({ facts, behaviours: [{ say: { ...worded, body } }] }), event);
    expect(words[0]?.unsupported).toEqual(['$7,000']);
  });

  test('may say of its words whatever it likes, in one line without anything to follow', async () => {
    const say = {
      ...worded,
      explanation: 'See <b>https://evil.example/x</b>,\nor ask me@evil.example\u202E at ｅｖｉｌ．ｅｘａｍｐｌｅ.',
      claims: [
        { claim: 'Go to www.evil.example [now]', evidence: ['E1'] },
        { claim: ' \u200B ', evidence: ['E1'] },
      ],
    };
    const { words } = await runGraph(await depsWith({ behaviours: [{ say }] }), event);
    expect(words[0]).toMatchObject({ explanation: 'See b … /b , or ask … at …', claims: [{ claim: 'Go to … now', evidence: [0] }] });
  });

  test('is told what people made of earlier drafts, as data', async () => {
    const lessons: Lesson[] = [{ rejected_because: 'too formal' }, { drafted: 'Dear [name]', sent: 'Hi [name]' }];
    await runGraph(await depsWith({ behaviours: [{ say: worded }], lessons }), event);
    const [, user] = model?.asked[0]?.messages ?? [];
    expect(JSON.parse(user?.content ?? '{}')).toMatchObject({ lessons, evidence: ['E1', 'E2', 'E3', 'E4', 'E5'].map((id) => ({ id })) });
  });

  test('an action that is no email keeps its fixed words', async () => {
    const facts = () => sampleFacts({ stripe: { connected: true, unreadable: null } });
    const { words } = await runGraph(await depsWith({ facts, behaviours: [{ say: worded }] }), event);
    expect(words).toMatchObject([{ by: 'model' }, { by: 'rules' }]);
    expect(model?.asked).toHaveLength(1);
  });
});
