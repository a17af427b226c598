import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { stripeCustomer, stripeEvent, stripeInvoice } from '../../providers/stripe/testing.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { until } from '../testing/wait.ts';
import { readScenarioFile } from './file.ts';
import { reportOf } from './report.ts';
import { runScenarios } from './run-all.ts';
import { evaluate } from './score.ts';
import type { Moment } from './scenario.ts';

const now = new Date('2026-11-20T12:00:00Z');
const shifted = (direction: 1 | -1) => (duration: Parameters<Moment['ago']>[0]) => {
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = duration;
  return new Date(now.getTime() + direction * (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
};
const moment: Moment = { now, ago: shifted(-1), ahead: shifted(1) };

const scenario = { name: 'a case', deliveries: [{ source: 'stripe', payload: {} }], expect: [] };
const read = (...scenarios: object[]) => readScenarioFile(JSON.stringify({ scenarios }));
const payloadOf = (payload: unknown) =>
  read({ ...scenario, deliveries: [{ source: 'stripe', payload }] })[0]?.scenario.build(moment).deliveries[0]?.payload;

describe('a relative time in a scenario file', () => {
  test.each([
    [{ $ago: { hours: 26 } }, '2026-11-19T10:00:00.000Z'],
    [{ $ahead: { days: 30, seconds: 1 } }, '2026-12-20T12:00:01.000Z'],
    [{ $ago: {} }, '2026-11-20T12:00:00.000Z'],
    [{ $ago_date: { days: 1 } }, '2026-11-19'],
    [{ $ago_unix: { minutes: 1 } }, now.getTime() / 1_000 - 60],
    [{ $ahead_unix_ms: { seconds: 2 } }, now.getTime() + 2_000],
    [
      { $join: ['Date: ', { $ago: { hours: 1 } }, ' and ', { $ago_unix: {} }] },
      `Date: 2026-11-20T11:00:00.000Z and ${now.getTime() / 1_000}`,
    ],
    [{ data: [{ created: { $ago_unix: {} } }] }, { data: [{ created: now.getTime() / 1_000 }] }],
    [
      { $ago: { hours: 1 }, other: 1 },
      { $ago: { hours: 1 }, other: 1 },
    ],
  ])('%j becomes %j', (written, resolved) => expect(payloadOf(written)).toEqual(resolved));

  test.each([
    [{ $ago_minutes: { hours: 1 } }, /scenario 1 \(a case\): there is no \$ago_minutes\. There are \$ago, \$ago_date, \$ago_unix/],
    [{ $ago: { weeks: 1 } }, /scenario 1 \(a case\): \$ago takes days, hours, minutes and seconds/],
    [{ $ago: '26h' }, /\$ago takes days/],
  ])('%j is refused with a sentence', (written, sentence) => expect(() => payloadOf(written)).toThrow(sentence));
});

describe('a scenario file', () => {
  test('is read with everything a scenario can say', () => {
    const [one] = read({
      ...scenario,
      sop: 'customer_fire',
      context: { founder: { email: 'ana@example.com' } },
      connected: ['slack'],
      deliveries: [{ source: 'github', payload: {}, headers: { 'X-GitHub-Event': 'push' }, received_at: { $ago: { minutes: 1 } } }],
      expect: [{ vertical: 'money', action_type: 'email', urgency: 'high', subject: 'stripe:invoice:in_1', to: 'ana@example.com' }],
      reason: 'top 10 % (of',
    });
    expect(one?.sop).toBe('customer_fire');
    const course = one?.scenario.build(moment);
    expect(course).toMatchObject({
      context: { founder: { email: 'ana@example.com' } },
      connected: ['slack'],
      deliveries: [{ headers: { 'x-github-event': 'push' }, received_at: new Date('2026-11-20T11:59:00Z') }],
      expect: [{ vertical: 'money', subject: 'stripe:invoice:in_1' }],
    });
    expect(course?.reason?.test('in the TOP 10 % (of all)')).toBe(true);
  });

  test('belongs to the procedure it expects something of, unless it says another', () => {
    expect(read({ ...scenario, expect: [{ vertical: 'release', action_type: 'slack_dm', urgency: 'low' }] })[0]?.sop).toBe('release');
    expect(read(scenario)[0]?.sop).toBeNull();
  });

  test.each([
    ['{', /It is not JSON/],
    ['[]', /the file does not fit\. \{"scenarios": \[\.\.\.\]\} is expected/],
    [JSON.stringify({ scenarios: [{ ...scenario, expects: [] }] }), /scenario 1 \(a case\) does not fit\..*expects/],
    [JSON.stringify({ scenarios: [{ ...scenario, deliveries: [{ source: 'fax', payload: {} }] }] }), /deliveries\.0\.source/],
    [JSON.stringify({ scenarios: [{ ...scenario, context: { customers: [{ mrr_cents: 'much' }] } }] }), /context does not fit/],
  ])('%s is refused with a sentence that says where', (text, sentence) => expect(() => readScenarioFile(text)).toThrow(sentence));
});

/** Of one customer, who is therefore the top one. */
const failed_payment = {
  sop: 'money',
  deliveries: [
    { source: 'stripe', payload: stripeEvent('customer.created', stripeCustomer('cus_1')) },
    { source: 'stripe', payload: stripeEvent('invoice.payment_failed', stripeInvoice('new', 'in_1', 'cus_1')) },
  ],
};
const right = { ...failed_payment, name: 'labelled rightly', expect: [{ vertical: 'money', action_type: 'email', urgency: 'high' }] };
const wrong = { ...failed_payment, name: 'labelled wrongly', expect: [{ vertical: 'money', action_type: 'email', urgency: 'critical' }] };
const broken = {
  name: 'no Stripe event',
  sop: 'money',
  deliveries: scenario.deliveries,
  expect: [{ vertical: 'money', action_type: 'email', urgency: 'low' }],
};

describe('scenarios from a file', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  test('are counted, and what fails is told with expected, got and reason', async () => {
    const evaluation = evaluate(await runScenarios(database.db, read(right, wrong, broken)), []);
    expect(evaluation).toMatchObject({ passed: false, scenarios: 3, too_few: [] });
    const score = { true_positives: 1, false_positives: 1, false_negatives: 2, precision: 0.5, recall: 1 / 3 };
    expect(evaluation.scores).toEqual([
      { sop: 'money', action: null, scenarios: 3, ...score },
      { sop: 'money', action: 'email', scenarios: null, ...score },
    ]);
    const report = reportOf(evaluation);
    expect(report).toContain('FAILED money: labelled wrongly');
    expect(report).toContain('expected  money · email · critical (missing)');
    expect(report).toContain('got       money · email · high · stripe:invoice:in_1 · to ana@example.com (not expected)');
    expect(report).toMatch(/FAILED money: no Stripe event[^]*error {5}Not a Stripe event/);
    expect(report).toMatch(/Not passed: 1 of 3 scenarios came out as labelled\.$/);
    expect(report).toMatch(/^money +3 +1 +1 +2 +0\.50 +0\.33$/m);
  });

  test('are written as the documentation shows them', async () => {
    const documentation = readFileSync(new URL('../../docs/eval.md', import.meta.url), 'utf8');
    const example = /```json\n([^]*?)```/.exec(documentation)?.[1] ?? '';
    expect(await runScenarios(database.db, readScenarioFile(example))).toMatchObject([{ passed: true, got: [{ urgency: 'critical' }] }]);
  });

  test('pass when all come out as labelled; a procedure with too few scenarios does not', async () => {
    const outcomes = await runScenarios(database.db, read(right));
    expect(evaluate(outcomes, []).passed).toBe(true);
    expect(evaluate(outcomes, ['money'])).toMatchObject({ passed: false, too_few: ['money'] });
  });
});

describe('npm run eval', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'execops-eval-'));
    // Postgres may run as another user, who has to pass through.
    for (const path of [folder, join(folder, 'tmp')]) {
      mkdirSync(path, { recursive: true });
      chmodSync(path, 0o755);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: join(folder, 'tmp') },
    });
    return { status, stdout, stderr };
  };
  const left = () => readdirSync(join(folder, 'tmp'));
  const fileOf = (...scenarios: object[]): string => {
    const path = join(folder, `${scenarios.length}.json`);
    writeFileSync(path, JSON.stringify({ scenarios }));
    return path;
  };

  test('exits with 2 and a sentence for what it does not know', () => {
    expect(run('--nope')).toMatchObject({ status: 2, stderr: expect.stringMatching(/Unknown option '--nope'[^]*Usage: npm run eval/) });
    expect(run('--sop', 'sales')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no procedure "sales". There are money'),
    });
    expect(run('--scenarios', join(folder, 'none.json'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('none.json cannot be used'),
    });
  });

  test('exits with 0 when all is as labelled, with 1 when something is not, and leaves nothing behind', () => {
    expect(run('--scenarios', fileOf(right))).toMatchObject({ status: 0, stdout: expect.stringMatching(/Passed: 1 of 1/) });
    const failing = run('--scenarios', fileOf(right, wrong), '--json');
    expect(failing.status).toBe(1);
    expect(JSON.parse(failing.stdout)).toMatchObject({
      passed: false,
      scenarios: 2,
      failures: [{ name: 'labelled wrongly', missing: wrong.expect }],
    });
    expect(left()).toEqual([]);
  });

  test('leaves nothing behind when it is interrupted', async () => {
    const child = spawn(process.execPath, [main], { env: { ...process.env, TMPDIR: join(folder, 'tmp') }, stdio: 'ignore' });
    const ended = once(child, 'exit');
    await until('its Postgres takes connections', () =>
      left().some((name) => existsSync(join(folder, 'tmp', name, 'postgres', 'postmaster.pid'))),
    );
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(left()).toEqual([]);
  });
});
