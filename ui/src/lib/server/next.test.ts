import { expect, test } from 'vitest';

import { nextPath } from './next.ts';

test('a path of this site is kept, with what it asks', () => {
  expect(nextPath('/inbox/events?status=ignored', '/inbox')).toBe('/inbox/events?status=ignored');
});

test.each([
  null,
  '',
  'inbox',
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/a\nb',
  '/\t/evil.example',
  '/a/..//evil.example',
  '/.//evil.example',
  '/%2e%2e//evil.example',
])('anything else leads home: %j', (wanted) => {
  expect(nextPath(wanted, '/inbox')).toBe('/inbox');
});
