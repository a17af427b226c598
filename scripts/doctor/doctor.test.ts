import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { examineClock } from './clock.ts';
import { examined, ok, type Finding } from './finding.ts';
import { findingsWith, of, peer } from './testing.ts';

test('with nothing configured nothing is wrong', async () => {
  const findings = await findingsWith();
  expect(findings.map(({ state }) => state)).toEqual(findings.map(() => 'off'));
  expect(findings.map(({ name }) => name)).toEqual([
    'Postgres',
    'Temporal',
    'PUBLIC_URL',
    'SMTP',
    'Stripe',
    'GitHub',
    'Intercom',
    'HubSpot',
    'Language model',
    'Slack',
    'Slack signature',
    'Clock',
  ]);
});

test('a clock is compared with the middle of all that were asked', () => {
  expect(
    examineClock(
      new Map([
        ['a', 1_000],
        ['b', -2_000],
        ['c', 9_000_000],
      ]),
    ),
  ).toMatchObject({ state: 'ok' });
  expect(examineClock(new Map([['a', 61_000]]))).toMatchObject({ state: 'odd', detail: expect.stringContaining('61 s behind a') });
  expect(examineClock(new Map([['a', 300_000]]))).toMatchObject({ state: 'odd' });
  expect(examineClock(new Map([['a', -301_000]]))).toMatchObject({ state: 'failed', detail: expect.stringContaining('301 s ahead of a') });
});

test('a peer whose clock is off shows', async () => {
  const stripe = await peer(() => ({ status: 200, body: {}, headers: { date: new Date(Date.now() - 400_000).toUTCString() } }));
  expect(await of('Clock', { STRIPE_API_KEY: 'rk_test_doctor', STRIPE_API_BASE: stripe.url })).toMatchObject({ state: 'failed' });
});

test('a check that hangs has failed in its time', async () => {
  expect(await examined('Slow', () => new Promise(() => undefined), 50)).toEqual([
    { name: 'Slow', state: 'failed', detail: 'No answer within 0.05 s.' },
  ]);
  expect(await examined('Fine', async () => ok('Fine', 'Yes.'), 50)).toEqual([{ name: 'Fine', state: 'ok', detail: 'Yes.' }]);
});

describe('the command', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));

  function doctor(args: string[], variables: Record<string, string> = {}): Promise<{ code: number | null; out: string; err: string }> {
    const child = spawn(process.execPath, ['scripts/doctor.ts', ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, DATA_DIR: `/nonexistent-${randomUUID()}`, ...variables },
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })));
  }

  test('ends with 0 when nothing fails, 1 when something does, 2 for an unknown option', async () => {
    const [well, ill, wrong] = await Promise.all([
      doctor([]),
      doctor(['--json'], { SMTP_URL: 'smtp://ana:hidden-password@127.0.0.1:1' }),
      doctor(['--verbose']),
    ]);
    expect(well.code).toBe(0);
    expect(well.out).toContain('– Slack');
    expect(ill.code).toBe(1);
    const { ok: fine, checks } = JSON.parse(ill.out);
    expect(fine).toBe(false);
    expect(checks.find(({ name }: Finding) => name === 'SMTP')).toMatchObject({ state: 'failed' });
    expect(ill.out + ill.err).not.toContain('hidden-password');
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("Unknown option '--verbose'");
  });
});
