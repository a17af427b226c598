import { expect, test } from 'vitest';

import { asSentence, withHiddenShown } from './text.ts';

test('what would turn or hide text is shown as its escape', () => {
  expect(withHiddenShown('a\u202Egnp.exe\u200Bb\u2066')).toBe('a\\u{202E}gnp.exe\\u{200B}b\\u{2066}');
});

test('ordinary text of any script stays as it is', () => {
  expect(withHiddenShown('Zoë, 東京, שלום, \n "quoted"')).toBe('Zoë, 東京, שלום, \n "quoted"');
});

test('a reason becomes a sentence and keeps its dots and names', () => {
  expect(asSentence('nothing can be drafted yet. Set GITHUB_TOKEN.')).toBe('Nothing can be drafted yet. Set GITHUB_TOKEN.');
});
