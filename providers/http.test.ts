import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { describe, expect, test } from 'vitest';

import { connectionFailureOf, NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable } from '../domain/executor.ts';
import { freePort } from '../scripts/ports.ts';
import { startPeer } from '../scripts/testing/peer.ts';
import { fetchWithin, lost, NoAnswer, refused, retryAfterOf } from './http.ts';

async function failed(work: Promise<unknown>): Promise<NoAnswer> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof NoAnswer) return error;
  throw new Error('it did not fail as a request without an answer');
}

describe('a request', () => {
  test('goes to the configured host only, and follows no redirect', async () => {
    const peer = await startPeer(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere' }, body: {} }));
    try {
      const fetchFrom = fetchWithin(`${peer.url}/base`);
      expect((await fetchFrom(`${peer.url}/base/x`)).status).toBe(302);
      await expect(fetchFrom('http://127.0.0.1:1/x')).rejects.toThrow('only 127.0.0.1');
      await expect(fetchFrom('https://example.com/x')).rejects.toThrow('was refused');
      expect(peer.requests).toHaveLength(1);
    } finally {
      await peer.close();
    }
  });

  test('that never reached anybody is told from one whose answer was lost', async () => {
    const port = await freePort();
    const refusal = await failed(fetchWithin(`http://127.0.0.1:${port}`)(`http://127.0.0.1:${port}/`));
    expect(refusal).toMatchObject({ never_sent: true, reason: 'the connection was refused' });
    const nowhere = await failed(fetchWithin('http://nowhere.invalid')('http://nowhere.invalid/'));
    expect(nowhere.never_sent).toBe(true);
    const peer = await startPeer(() => ({ status: 200 }));
    try {
      peer.next('/', 'drop', 'hang');
      expect(await failed(fetchWithin(peer.url)(peer.url))).toMatchObject({ never_sent: false, reason: 'the connection was lost' });
      expect(await failed(fetchWithin(peer.url, 50)(peer.url))).toMatchObject({ never_sent: false, reason: 'it took too long' });
    } finally {
      await peer.close();
    }
  });

  test('whose answer breaks off in the middle has no answer', async () => {
    const server = createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{"id":')),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await failed(fetchWithin(url)(url))).toMatchObject({ never_sent: false });
    server.close();
  });

  test('to a server that speaks no TLS was never sent', async () => {
    const peer = await startPeer(() => ({ status: 200 }));
    const url = peer.url.replace('http:', 'https:');
    expect(await failed(fetchWithin(url)(url))).toMatchObject({ never_sent: true, reason: expect.stringContaining('TLS') });
    await peer.close();
  });
});

describe('what it means', () => {
  const gone = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

  test('a lost answer to a question is for now, to an order unknown, and both count as a failed connection', () => {
    expect(lost('X', new NoAnswer(gone), 'read')).toBeInstanceOf(ProviderUnreachable);
    const unknown = lost('X', new NoAnswer(gone), 'effect');
    expect(unknown).toBeInstanceOf(OutcomeUnknown);
    expect(connectionFailureOf(unknown)).toBe('the connection was lost');
  });

  test('a refusal is believed, an error of theirs is not, and neither counts as a failed connection', () => {
    expect(refused('X', { status: 404 }, 'effect')).toBeInstanceOf(PermanentError);
    expect(refused('X', { status: 429 }, 'effect')).toBeInstanceOf(NotNow);
    expect(refused('X', { status: 503 }, 'effect')).toBeInstanceOf(OutcomeUnknown);
    expect(refused('X', { status: 503 }, 'read')).toBeInstanceOf(NotNow);
    expect(connectionFailureOf(refused('X', { status: 503 }, 'effect'))).toBeNull();
    expect(refused('X', { status: 400, code: 'Ana said <b>' }, 'effect').message, 'a machine’s word only').toBe('X refused it (400).');
  });

  test.each([
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '100000' }, 300],
    [{ 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' }, 30],
    [{ 'retry-after': 'soon' }, null],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse('2026-11-20T10:00:10Z') / 1_000) }, 10],
    [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '1' }, null],
    [{}, null],
  ])('%o asks to wait %s s', (headers, seconds) => {
    expect(retryAfterOf(new Headers(headers as Record<string, string>), Date.parse('2026-11-20T10:00:00Z'))).toBe(seconds);
  });
});
