import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { canonicalJson, sealOf, type SealedContent } from './seal.ts';
import type { Json } from './text.ts';

const content: SealedContent = {
  organisation: '0197a000-0000-7000-8000-000000000001',
  proposal_id: '0197a000-0000-7000-8000-000000000002',
  version: 1,
  action_type: 'email',
  operation: null,
  connection: 'outbox:local',
  payload: { to: 'ana@example.com', subject: 'Hi', body: 'Text' },
};

const json: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

describe('canonical JSON', () => {
  // https://www.rfc-editor.org/rfc/rfc8785#section-3.2.2 and 3.2.3
  test('is what RFC 8785 prints', () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const keys = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(keys)) as object)).toEqual([
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  test('parses back to the same value and does not depend on the order of members', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });

  test('refuses numbers that JSON cannot express', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => canonicalJson({ value })).toThrow(RangeError);
  });
});

describe('a seal', () => {
  test('is the SHA-256 of the canonical content', () => {
    const text = `{"action_type":"email","connection":"outbox:local","operation":null,"organisation":"${content.organisation}","payload":{"body":"Text","subject":"Hi","to":"ana@example.com"},"proposal_id":"${content.proposal_id}","version":1}`;
    expect(sealOf(content)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('breaks when anything that would run changes', () => {
    const changes: Partial<SealedContent>[] = [
      { organisation: 'x' },
      { proposal_id: 'x' },
      { version: 2 },
      { action_type: 'slack_dm' },
      { operation: 'stripe.pause_collection' },
      { connection: 'smtp:ops@example.com' },
      { payload: { to: 'eve@example.com', subject: 'Hi', body: 'Text' } },
    ];
    const seals = [content, ...changes.map((change) => ({ ...content, ...change }))].map(sealOf);
    expect(new Set(seals).size).toBe(seals.length);
  });

  test('differs for payloads that differ in visible text, and not for hidden characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii' }), (left, right) => {
        const seal = (body: string) => sealOf({ ...content, payload: { body } });
        expect(seal(left) === seal(right)).toBe(left === right);
        expect(seal(`\u202E${left}\u200B`)).toBe(seal(left));
      }),
    );
  });

  test('is the same however often and in whatever order the payload is rebuilt', () => {
    fc.assert(
      fc.property(json, (payload) => {
        expect(sealOf({ ...content, payload: reversed(payload) })).toBe(sealOf({ ...content, payload }));
      }),
    );
  });
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
