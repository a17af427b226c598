import { describe, expect, test } from 'vitest';

import { default_caution, gestureOf, undoSecondsOf, type Risky } from './gesture.ts';

const harmless: Risky = { reversibility: 'reversible', urgency: 'high', flags: [], basis: {} };
const gesture = (changes: Partial<Risky>, caution = default_caution) => gestureOf({ ...harmless, ...changes }, caution);

describe('the gesture of an approval', () => {
  test('is one click for what can be reversed, however urgent', () => {
    expect(gesture({})).toEqual({ kind: 'click', reason: null });
    expect(gesture({ urgency: 'critical' })).toEqual({ kind: 'click', reason: null });
  });

  test('is a click with an undo window for what cannot', () => {
    expect(gesture({ reversibility: 'compensable' })).toEqual({ kind: 'undo', reason: null });
    expect(gesture({ reversibility: 'irreversible' })).toEqual({ kind: 'undo', reason: null });
    expect(gesture({ reversibility: 'compensable', urgency: 'critical' })).toEqual({ kind: 'undo', reason: null });
  });

  test('is a second confirm for what cannot be taken back any more', () => {
    const reason = 'It starts at once and cannot be taken back.';
    expect(gesture({ reversibility: 'irreversible', urgency: 'critical' })).toEqual({ kind: 'confirm', reason });
    expect(gesture({ reversibility: 'irreversible' }, { ...default_caution, undo_seconds: 0 })).toEqual({ kind: 'confirm', reason });
    expect(gesture({ reversibility: 'irreversible' }, { ...default_caution, undo_seconds: 1 }).kind).toBe('undo');
  });

  test.each([
    [999_999, 'usd', 'click'],
    [1_000_000, 'usd', 'confirm'],
    [-1_000_000, 'USD', 'confirm'],
    [9_999, 'jpy', 'click'],
    [10_000, 'jpy', 'confirm'],
    [9_999_999, 'kwd', 'click'],
    [10_000_000, 'kwd', 'confirm'],
  ])('of %d %s at stake is a %s: the bound counts in major units and belongs to what is large', (amount_minor, currency, kind) => {
    expect(gesture({ basis: { amount_minor, currency } }).kind).toBe(kind);
  });

  test('says how much is at stake, and everything else that asks for care', () => {
    expect(gesture({ basis: { amount_minor: 1_250_000, currency: 'usd' } }).reason).toBe('$12,500.00 is at stake.');
    expect(
      gesture({ basis: { amount_minor: 1_250_000, currency: 'usd' }, flags: ['unknown_recipient', 'unsupported_numbers', 'edited'] })
        .reason,
    ).toBe(
      '$12,500.00 is at stake. This recipient is unknown: nothing stored names it. Its text states something that no evidence supports.',
    );
  });

  test.each([[null], ['text'], [{ amount_minor: '9999999', currency: 'usd' }], [{ amount_minor: 9_999_999, currency: 'dollars' }], [{}]])(
    'takes no money from a basis that names none: %j',
    (basis) => {
      expect(gesture({ basis })).toEqual({ kind: 'click', reason: null });
    },
  );

  test('is a second confirm for an unknown recipient and for numbers that nothing supports', () => {
    expect(gesture({ flags: ['unknown_recipient'] }).kind).toBe('confirm');
    expect(gesture({ flags: ['unsupported_numbers'] }).kind).toBe('confirm');
    expect(gesture({ flags: ['rules_only', 'undone', 'incomplete'] }).kind).toBe('click');
  });
});

test('what is critical starts at once, all else after the organisation’s undo window', () => {
  expect(undoSecondsOf({ urgency: 'critical' }, { undo_seconds: 30 })).toBe(0);
  expect(undoSecondsOf({ urgency: 'high' }, { undo_seconds: 30 })).toBe(30);
  expect(undoSecondsOf({ urgency: 'low' }, { undo_seconds: 0 })).toBe(0);
});
