import { expect, test } from 'vitest';

import { sampleFacts } from '../money/testing.ts';
import { assessMoney, money_settings } from '../money/rules.ts';
import { expiryAfter } from './expiry.ts';

const now = new Date('2026-11-20T13:00:00Z');

test('a card expires after its procedure’s span, and never where that is 0', () => {
  expect(expiryAfter(now, 60_000)).toEqual(new Date('2026-11-20T13:01:00Z'));
  expect(expiryAfter(now, 0)).toBeNull();
  const assessment = assessMoney(sampleFacts(), now, { ...money_settings, expire_after_days: 0 });
  expect(assessment).toMatchObject({ propose: true, drafts: [{ expires_at: null }] });
});
