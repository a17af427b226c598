/** What every door promises, asked of each with its own scheme. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json_depth_max } from './limits.ts';
import { sources, type TestSource } from './testing-sources.ts';
import { startTestServer, type TestServer } from './testing.ts';

const public_url = 'https://ops.example.com';

let server: TestServer;
beforeAll(async () => {
  const secrets = Object.assign({}, ...sources.map(({ env }) => env));
  server = await startTestServer({ ...secrets, PUBLIC_URL: public_url, FEATURE_GITHUB: '1', FEATURE_SENTRY: '1' });
});
afterAll(() => server.close());

describe.each(sources.map((one) => [one.source, one] as const))('%s', (source, one) => {
  const path = `/ingest/${source}`;
  const media_type = one.media_type ?? 'application/json';

  const secret = Object.values(one.env)[0] ?? '';
  const fresh = () => one.body(randomUUID().replaceAll('-', ''));
  const signed = (body: string, { by = secret, at = new Date() } = {}) => one.sign(body, by, at, `${public_url}${path}`);

  async function send(body: string | Buffer<ArrayBuffer>, headers: Record<string, string>, method = 'POST'): Promise<Sent> {
    const response = await fetch(`${server.origin}${path}`, { method, headers: { 'content-type': media_type, ...headers }, body });
    return { status: response.status, json: JSON.parse(await response.text()) };
  }

  async function expectRefused(status: number, body: string, headers: Record<string, string>): Promise<void> {
    const before = await rows();
    const answer = await send(body, headers);
    expect(answer).toMatchObject({ status, json: { status } });
    expect(await rows()).toBe(before);
  }

  const rows = () => server.db.prisma.events.count({ where: { source } });
  const stored = (event_id: string) => server.db.prisma.events.findUniqueOrThrow({ where: { id: event_id } });

  test('a signed delivery is answered 202 once its event is committed, and 200 with the same id when it comes again', async () => {
    const body = fresh();
    const headers = signed(body);
    const first = await send(body, headers);
    expect(first).toEqual({ status: 202, json: { event_id: expect.any(String), duplicate: false } });
    expect(await stored(first.json.event_id)).toMatchObject({ source, org_id: server.org_id });
    expect(await send(body, headers)).toEqual({ status: 200, json: { event_id: first.json.event_id, duplicate: true } });
  });

  test('the same delivery two hundred times at once is one event', async () => {
    const body = fresh();
    const headers = signed(body);
    const before = await rows();
    const answers = await Promise.all(Array.from({ length: 200 }, () => send(body, headers)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(199);
    expect(new Set(answers.map(({ json }) => json.event_id)).size).toBe(1);
    expect(await rows()).toBe(before + eventsIn(body));
  });

  describe('is answered 401 and leaves no row when', () => {
    test('another secret signed it', async () => {
      const body = fresh();
      await expectRefused(401, body, signed(body, { by: otherSecret(secret) }));
    });

    test('nothing signed it', async () => {
      const body = fresh();
      await expectRefused(
        401,
        body,
        change(signed(body), () => null),
      );
      await expectRefused(
        401,
        body,
        change(signed(body), () => ''),
      );
      await expectRefused(401, '', {});
    });

    test('its signature is cut short, or is another word', async () => {
      const body = fresh();
      await expectRefused(
        401,
        body,
        change(signed(body), (signature) => signature.slice(0, -4)),
      );
      await expectRefused(
        401,
        body,
        change(signed(body), (signature) => signature.slice(0, signature.length / 2)),
      );
      await expectRefused(
        401,
        body,
        change(signed(body), () => 'signed'),
      );
    });

    test('the signature is of another body, white space included', async () => {
      const body = fresh();
      await expectRefused(401, fresh(), signed(body));
      await expectRefused(401, ` ${body}`, signed(body));
      await expectRefused(401, `${body}\n`, signed(body));
      await expectRefused(401, body.replace(/([:,])/, '$1 '), signed(body));
    });

    test.runIf(one.timestamped)('it was signed more than 300 seconds ago, or far ahead', async () => {
      const body = fresh();
      await expectRefused(401, body, signed(body, { at: after(-302) }));
      await expectRefused(401, body, signed(body, { at: after(360) }));
      expect((await send(body, signed(body, { at: after(-290) }))).status).toBe(202);
      const early = fresh();
      expect((await send(early, signed(early, { at: after(20) }))).status).toBe(202);
    });

    test.runIf(one.timestamped)('its time was changed after it was signed', async () => {
      const body = fresh();
      const old = signed(body, { at: after(-400) });
      const now = signed(body);
      await expectRefused(401, body, { ...now, ...signaturesOf(old) });
    });
  });

  test('a gzipped body is verified as inflated', async () => {
    const body = fresh();
    expect((await send(gzipSync(body), { ...signed(body), 'content-encoding': 'gzip' })).status).toBe(202);
    expect((await send(gzipSync(body), { ...signed(fresh()), 'content-encoding': 'gzip' })).status).toBe(401);
  });

  test('another method is 404 or 405, and stores nothing', async () => {
    const before = await rows();
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const body = fresh();
      const response = await fetch(`${server.origin}${path}`, {
        method,
        headers: { 'content-type': media_type, ...signed(body) },
        ...(method !== 'GET' && { body }),
      });
      expect([404, 405]).toContain(response.status);
    }
    expect(await rows()).toBe(before);
  });

  test('what is not its media type is 415', async () => {
    const body = fresh();
    await expectRefused(415, body, { ...signed(body), 'content-type': 'image/png' });
  });

  describe.runIf(media_type === 'application/json')('as JSON', () => {
    test('that is malformed, no object, or too deep is 400, also when it is signed', async () => {
      for (const body of malformed) await expectRefused(400, body, signed(body));
    });

    test('keeps any text and any number, and keys that are names of members are data', async () => {
      const body = fresh().replace('{', `{${odd_members},`);
      const answer = await send(body, signed(body));
      expect(answer.status).toBe(202);
      const { payload_json } = await stored(answer.json.event_id);
      const payload = payload_json as Record<string, unknown>;
      expect(payload.note).toBe('a\uFFFDb\uFFFDc');
      expect(payload['k\uFFFDey']).toBe(1);
      expect(payload.huge).toBe(1.2345678901234568e29);
      expect(payload.precise).toBe(0.1);
      expect(Object.getOwnPropertyDescriptor(payload, '__proto__')?.value).toEqual({ polluted: true });
      expect(payload.constructor).toEqual({ prototype: { polluted: true } });
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    });

    test('whose every member is of another type is accepted or refused, never failed', async () => {
      for (const odd of ['1e400', '-1', '"text\\u0000"', '[]', '{"a":[{}]}', 'true', 'null', '123456789012345678901234567890']) {
        for (const body of withEachMember(fresh(), odd)) {
          expect([body, (await send(body, signed(body))).status]).toEqual([body, expect.toBeOneOf([200, 202, 400])]);
        }
      }
    });
  });
});

interface Sent {
  status: number;
  // Tests look into answers member by member; each expectation is the check.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

const after = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

function otherSecret(secret: string): string {
  return secret.startsWith('whsec_') ? `whsec_${Buffer.from('another one, opens nothing').toString('base64')}` : 'another secret';
}

type Headers = ReturnType<TestSource['sign']>;

const isSignature = (name: string): boolean => name.includes('signature');

function signaturesOf(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isSignature(name)));
}

/** The headers with every signature changed, or left out for null. */
function change(headers: Headers, changed: (signature: string) => string | null): Headers {
  const entries = Object.entries(headers).map(([name, value]) => [name, isSignature(name) ? changed(value) : value] as const);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

const malformed = [
  '{"id":',
  'null',
  '7',
  '"text"',
  `${'['.repeat(json_depth_max + 1)}${']'.repeat(json_depth_max + 1)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
];

const odd_members =
  '"note":"a\\u0000b\\ud800c","k\\u0000ey":1,"huge":123456789012345678901234567890,"endless":1e400,"precise":0.1,' +
  '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":null';

function eventsIn(body: string): number {
  return body.startsWith('[') ? (JSON.parse(body) as unknown[]).length : 1;
}

/** The body once for each of its members, three levels deep, with that member replaced. */
function withEachMember(body: string, odd: string): string[] {
  const whole: unknown = JSON.parse(body);
  const placeholder = '"@odd@"';
  return pathsOf(whole, 3).map((path) => {
    const copy: unknown = structuredClone(whole);
    const last = path.at(-1) ?? '';
    const parent = path.slice(0, -1).reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], copy);
    (parent as Record<string, unknown>)[last] = '@odd@';
    return JSON.stringify(copy).replace(placeholder, odd);
  });
}

function pathsOf(value: unknown, depth: number): string[][] {
  if (depth === 0 || value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => [[key], ...pathsOf(item, depth - 1).map((path) => [key, ...path])]);
}

describe('a source that is switched off', () => {
  test.each([
    ['github', 'GitHub is switched off: switch it on in the settings, or set FEATURE_GITHUB=1', 'commit'],
    ['sentry', 'Sentry is switched off: switch it on in the settings, or set FEATURE_SENTRY=1', 'issue_event'],
  ] as const)('%s is stored with that reason, starts nothing, and what it shows is kept', async (source, reason, kind) => {
    const one = sources.find((known) => known.source === source);
    if (one === undefined) throw new Error(`no row for ${source}`);
    const off = await startTestServer(one.env);
    const body = one.body('off');
    const headers = one.sign(body, Object.values(one.env)[0] ?? '', new Date(), `${public_url}/ingest/${source}`);
    const answer = await off.call('POST', `/ingest/${source}`, { body, headers });
    expect(answer.status).toBe(202);
    const row = await off.db.prisma.events.findUniqueOrThrow({ where: { id: answer.json.event_id } });
    expect(row).toMatchObject({ status: 'ignored', reason });
    expect(off.started).toEqual([]);
    expect(await off.db.prisma.provider_objects.findMany({ where: { source }, select: { kind: true } })).toEqual([{ kind }]);
    await off.close();
  });

  test.each(['github', 'sentry'] as const)('%s starts its workflow once it is switched on', async (source) => {
    const one = sources.find((known) => known.source === source);
    const body = one?.body(randomUUID()) ?? '';
    const headers = one?.sign(body, Object.values(one.env)[0] ?? '', new Date(), public_url) ?? {};
    const answer = await server.call('POST', `/ingest/${source}`, { body, headers });
    expect(server.started).toContainEqual({ event_id: answer.json.event_id, org_id: server.org_id });
  });
});
