import { lookup } from 'node:dns/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { objectionTo, post, PostFailed } from './post.ts';
import { isLoopback, isPublicAddress } from './public-address.ts';

const public_only = { this_machine: false };
const this_machine = { this_machine: true };

let server: Server;
let port: number;
let asked = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    if (request.url === '/redirect') return void response.writeHead(302, { location: '/' }).end();
    if (request.url === '/hang') return;
    response.writeHead(200).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  ['8.8.8.8', true],
  ['2606:4700:4700::1111', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['64:ff9b::a00:1', false],
  ['2002:a00:1::', false],
  ['fd00::1', false],
  ['fe80::1', false],
  ['ff02::1', false],
  ['localhost', false],
])('%s is public: %s', (address, is_public) => {
  expect(isPublicAddress(address)).toBe(is_public);
});

test('only this machine is this machine', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1'].map(isLoopback)).toEqual([true, true, true]);
  expect(['10.0.0.1', '0.0.0.0', 'localhost'].map(isLoopback)).toEqual([false, false, false]);
});

describe('an address that may never be reached is refused with the reason', () => {
  test.each([
    ['http://hooks.example.com/', /https/],
    ['ftp://hooks.example.com/', /such as/],
    ['https://user:secret@hooks.example.com/', /password/],
    ['https://localhost/', /internet/],
    ['https://a.localhost./', /internet/],
    ['https://127.0.0.1/', /internet/],
    ['https://2130706433/', /internet/],
    ['https://0x7f.1/', /internet/],
    ['https://[::1]/', /internet/],
    ['https://[::ffff:127.0.0.1]/', /internet/],
    ['https://10.0.0.8/', /internet/],
    ['https://169.254.169.254/latest/meta-data', /internet/],
    ['nonsense', /such as/],
  ])('%s', (address, reason) => {
    expect(objectionTo(address, public_only)).toMatch(reason);
  });

  test('but a host on the internet may be tried, and this machine where that is wished for', () => {
    expect(objectionTo('https://hooks.example.com/execops?a=b', public_only)).toBeNull();
    expect(objectionTo('http://localhost:8080/', this_machine)).toBeNull();
    expect(objectionTo('http://10.0.0.8/', this_machine)).toMatch(/https/);
    expect(objectionTo('https://10.0.0.8/', this_machine)).toMatch(/internet/);
  });
});

const own_name_resolves = await lookup(hostname()).then(
  () => true,
  () => false,
);

test.skipIf(!own_name_resolves)(
  'a name that leads to this machine is found out when the connection is made, and nothing is sent',
  async () => {
    const before = asked;
    // The machine's own name: no rule knows it by its spelling.
    const failure = await post(`https://${hostname()}:${port}/`, { headers: {}, body: '{}' }, { reach: public_only, ms_max: 2_000 }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(PostFailed);
    expect(failure).toMatchObject({ message: 'Nothing was sent: its name leads to this machine or its own network.', refused: true });
    expect(asked).toBe(before);
  },
);

test('the status counts, and no redirect is followed', async () => {
  const ask = (path: string) =>
    post(`http://127.0.0.1:${port}${path}`, { headers: {}, body: '{}' }, { reach: this_machine, ms_max: 2_000 });
  expect((await ask('/')).status).toBe(200);
  const before = asked;
  const redirect = await ask('/redirect');
  expect([redirect.status, redirect.header('location'), asked - before]).toEqual([302, '/', 1]);
});

test('silence ends after its time, and says so without a host', async () => {
  const failure = await post(`http://127.0.0.1:${port}/hang`, { headers: {}, body: '{}' }, { reach: this_machine, ms_max: 200 }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ name: 'PostFailed', message: 'No answer came: it took too long.', refused: false });
});
