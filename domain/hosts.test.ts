import { expect, test } from 'vitest';

import { parseEnvironment } from './environment.ts';
import { isSafeForSecrets } from './hosts.ts';

test.each([
  'https://api.example.com',
  'http://localhost:4000',
  'http://127.0.0.1:1',
  'http://10.1.2.3',
  'http://172.17.0.1:9',
  'http://192.168.1.4',
  'http://[::1]:80',
  'http://[fd00::1]',
  'http://stripe-mock:12111',
  'http://host.docker.internal:3000',
])('%s may be sent a token', (address) => expect(isSafeForSecrets(address)).toBe(true));

test.each(['http://api.example.com', 'http://8.8.8.8', 'http://172.32.0.1', 'http://[2001:db8::1]', 'http://localhost.example.com'])(
  '%s may not',
  (address) => expect(isSafeForSecrets(address)).toBe(false),
);

test.each(['STRIPE_API_BASE', 'SLACK_API_URL', 'GITHUB_API_URL', 'INTERCOM_API_URL', 'HUBSPOT_API_URL'])(
  'a start with %s in plain text over the internet is refused with the reason',
  (name) => {
    expect(() => parseEnvironment({ [name]: 'http://api.example.com' })).toThrow(`${name} must start with https://`);
    expect(parseEnvironment({ [name]: 'http://127.0.0.1:4000/' })).toMatchObject({ [name]: 'http://127.0.0.1:4000' });
  },
);
