import { describe, expect, test } from 'vitest';

import { deadlineOf } from './deadline.ts';

const now = Date.parse('2026-11-20T12:00:00.000Z');
const after = (hours: number) => new Date(now + hours * 3_600_000).toISOString();
const none = { escalates_at: null, expires_at: null, escalation: { stage: 'none' } } as const;
const said = (card: Parameters<typeof deadlineOf>[0]) => deadlineOf(card, now)?.text;

describe('the headline of a card that waits', () => {
  test('says when it escalates, and how far that has come', () => {
    expect(said({ ...none, escalates_at: after(4), expires_at: after(72) })).toBe('Escalates in 4 h');
    const delegated = { ...none, escalates_at: after(2), expires_at: after(72), escalation: { stage: 'delegated' } } as const;
    expect(said(delegated)).toBe('Delegated · Escalates in 2 h');
  });
  test('says when it expires once it was escalated, also before its urgency has followed', () => {
    const escalated = { ...none, expires_at: after(72), escalation: { stage: 'owner' } } as const;
    expect(said(escalated)).toBe('Escalated · Expires in 3 d');
    expect(deadlineOf({ ...escalated, escalates_at: after(-1) }, now)).toEqual({
      at: after(72),
      left_ms: 72 * 3_600_000,
      text: 'Escalated · Expires in 3 d',
      brief: '3 d',
    });
    expect(said({ ...none, escalates_at: after(-1), expires_at: after(72) })).toBe('Escalated · Expires in 3 d');
  });
  test('says the expiry where that comes first, and that it is there', () => {
    expect(said({ ...none, escalates_at: after(5), expires_at: after(3) })).toBe('Expires in 3 h');
    expect(said({ ...none, expires_at: after(-1) })).toBe('Expires now');
  });
  test('says how long ago it was escalated where it never expires', () => {
    expect(deadlineOf({ ...none, escalates_at: after(-2) }, now)).toMatchObject({ text: 'Escalated 2 h ago', brief: 'Escalated' });
  });
  test('says nothing where nothing happens by itself', () => {
    expect(deadlineOf(none, now)).toBeNull();
    expect(deadlineOf({ ...none, escalation: { stage: 'owner' } }, now)).toBeNull();
  });
});
