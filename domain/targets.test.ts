import { expect, test } from 'vitest';

import { namesWebAddress, withoutTargets } from './targets.ts';

test.each(['https://x', 'evil.example', 'EVIL.EXAMPLE/pay', 'www evil', 'mailto:ana', 'xn--vil-nkc', 'зло.рф', 'evil。example'])(
  '%j names a web address',
  (text) => {
    expect(namesWebAddress(text.normalize('NFKC'))).toBe(true);
    expect(withoutTargets(`See ${text} now`, { link: '…', address: '…' })).toMatch(/^See …( evil| now)/);
  },
);

test.each(['Pay $1,234.50 by 5 p.m. on the 3rd.', 'e.g. a new card', 'Hello. And thanks.', 'the data: none', 'a/b'])(
  '%j names none',
  (text) => {
    expect(namesWebAddress(text)).toBe(false);
    expect(withoutTargets(text, { link: '…', address: '…' })).toBe(text);
  },
);

test('links and addresses are told apart', () => {
  expect(withoutTargets('Ask me@evil.example, or pay at https://a@evil.example/x', { link: '[link]', address: '[address]' })).toBe(
    'Ask [address] or pay at [link]',
  );
});
