import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { depthOf, mapText, normaliseText, storableText, type Json } from './text.ts';

const any_text = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });

describe('normalised text', () => {
  test('has no NUL, no lone surrogate, no bidi control and no invisible space, and stays so', () => {
    fc.assert(
      fc.property(any_text, (text) => {
        const normal = normaliseText(text);
        expect(normal.isWellFormed()).toBe(true);
        expect(normal).not.toMatch(/[\u0000\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/u);
        expect(normaliseText(normal)).toBe(normal);
      }),
    );
  });

  test('keeps everything else', () => {
    expect(normaliseText('Zoë 👩‍👩‍👧 ünïcode\n\t“ok”')).toBe('Zoë 👩‍👩‍👧 ünïcode\n\t“ok”');
    expect(normaliseText('नमस्‍ते \u06A9\u200C\u06A9 👩🏽‍💻 ❤️‍🔥')).toBe('नमस्‍ते \u06A9\u200C\u06A9 👩🏽‍💻 ❤️‍🔥');
    expect(normaliseText('a\u0000b\uD800c\u202Ed')).toBe('a\uFFFDb\uFFFDcd');
  });
});

test('text that shows nothing is taken out', () => {
  const hidden = [...'approve'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
  expect(normaliseText(`ok${hidden}`)).toBe('ok');
  expect(normaliseText('pay\u200C\u200Dpal \u00ADa\u2063b \u200D\u200D')).toBe('paypal ab ');
});

test('storable text survives UTF-8 and has no NUL', () => {
  fc.assert(
    fc.property(any_text, (text) => {
      const stored = storableText(text);
      expect(stored).not.toContain('\u0000');
      expect(Buffer.from(stored, 'utf8').toString('utf8')).toBe(stored);
    }),
  );
});

test('mapping reaches every text, keys included, and keeps a __proto__ member as data', () => {
  const value = JSON.parse('{"a":["x",{"__proto__":"y"}],"n":1,"z":null}') as Json;
  expect(JSON.stringify(mapText(value, (text) => text.toUpperCase()))).toBe('{"A":["X",{"__PROTO__":"Y"}],"N":1,"Z":null}');
  expect(JSON.stringify(mapText(value, (text) => text))).toBe(JSON.stringify(value));
});

test('depth counts containers, also where a recursion would overflow', () => {
  expect([depthOf(1), depthOf([]), depthOf({ a: [1] }), depthOf([[], [[]]])]).toEqual([0, 1, 2, 3]);
  let deep: Json = [];
  for (let level = 1; level < 100_000; level += 1) deep = [deep];
  expect(depthOf(deep)).toBe(100_000);
});
