import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { depthOf, inertLine, mapText, normaliseText, storableText, type Json } from './text.ts';

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

test('of several variation selectors one is kept, and it is visible', () => {
  expect(normaliseText('❤️\uFE01\uFE02 ok\uFE00\uFE00\uFE0F')).toBe('❤️ ok\uFE00');
});

describe('an inert line', () => {
  test.each([
    ['Ana\r\nBcc: x', 'Ana Bcc: x'],
    ['<b>Ana</b> {{x}} [y](z)', 'b Ana /b x y (z)'],
    ['\u2800\u3164 \u202E', ''],
    [`Z${'\u0301'.repeat(30)}algo`, `Z${'\u0301'.repeat(4)}algo`],
    ['Zoë  Ünïcode 👩‍👩‍👧', 'Zoë Ünïcode 👩‍👩‍👧'],
  ])('%j is %j', (text, line) => {
    expect(inertLine(text, 100)).toBe(line);
  });

  test('is short, whole and stays so, whatever came in', () => {
    fc.assert(
      fc.property(any_text, fc.nat(20), (text, chars_max) => {
        const line = inertLine(text, chars_max);
        expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}<>{}[\]]/u);
        expect(line.length).toBeLessThanOrEqual(chars_max);
        expect(line.isWellFormed()).toBe(true);
        expect(inertLine(line, chars_max)).toBe(line);
      }),
    );
  });
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
