import { describe, expect, test } from 'vitest';

import { wordChanges } from './word-changes.ts';

const marks = { kept: '', removed: '~~', added: '__' };
const read = async (before: string, after: string) =>
  (await wordChanges(before, after)).map(({ kind, text }) => `${marks[kind]}${text}${marks[kind]}`).join('');

describe('a changed text', () => {
  test('has a space between the struck word and the new one', async () => {
    expect(await read('Dear Ana, hello', 'Dear Bo, hello')).toBe('Dear ~~Ana,~~ __Bo,__ hello');
    expect(await read('old', 'new')).toBe('~~old~~ __new__');
  });
  test('shows an amount and an address as a whole', async () => {
    expect(await read('owes $1,200 now', 'owes $1,300 now')).toBe('owes ~~$1,200~~ __$1,300__ now');
    expect(await read('ana@one.example', 'ana@two.example')).toBe('~~ana@one.example~~ __ana@two.example__');
  });
  test('gets no second space where it brings one', async () => {
    expect(await read('a c', 'a b c')).toBe('a __b __c');
    expect(await read('a b c', 'a c')).toBe('a ~~b ~~c');
    expect(await read('a\nb', 'a b')).toBe('a~~\n~~__ __b');
  });
  test('that was empty or becomes so is all new or all struck', async () => {
    expect(await read('', 'all of it')).toBe('__all of it__');
    expect(await read('all of it', '')).toBe('~~all of it~~');
    expect(await read('same', 'same')).toBe('same');
  });
});
