import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { asOwner } from '../scripts/testing/database.ts';
import { until } from '../scripts/testing/wait.ts';
import { email_draft, startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
});
afterAll(() => server.close());

interface Seen {
  id: string;
  event: string;
  data: { proposal_id?: string; seq: number; from_status?: string | null; to_status?: string };
}

/** A browser's side of the stream. */
async function listen(last_event_id?: string, as: Record<string, string> = { cookie: ana }) {
  const abort = new AbortController();
  const response = await fetch(`${server.origin}/api/stream`, {
    headers: { ...as, ...(last_event_id !== undefined && { 'last-event-id': last_event_id }) },
    signal: abort.signal,
  });
  const seen: Seen[] = [];
  let rest = '';
  const done = (async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        );
        if (fields.data !== undefined) seen.push({ id: fields.id ?? '', event: fields.event ?? '', data: JSON.parse(fields.data) });
      }
    }
  })().catch(() => undefined);
  return {
    response,
    seen,
    changes: () => seen.filter(({ event }) => event === 'proposal'),
    done,
    async stop() {
      abort.abort();
      await done;
    },
  };
}

async function draft(): Promise<string> {
  return (await server.call('POST', '/ai/propose', { as: ana, body: email_draft })).json.proposal_id;
}

test('a change reaches every open browser, numbered by the audit', async () => {
  const [one, two] = await Promise.all([listen(), listen()]);
  expect(one.response.headers.get('content-type')).toContain('text/event-stream');
  await until('both are connected', () => one.seen.length === 1 && two.seen.length === 1);
  const proposal_id = await draft();
  await until('both have seen it', () => one.changes().length === 1 && two.changes().length === 1);
  const [row] = (await server.call('GET', `/api/proposals/${proposal_id}/audit`, { as: ana })).json.audit;
  expect(one.changes()).toEqual([
    { id: String(row.seq), event: 'proposal', data: { proposal_id, seq: row.seq, from_status: null, to_status: 'pending' } },
  ]);
  expect(two.changes()).toEqual(one.changes());
  await Promise.all([one.stop(), two.stop()]);
});

test('a browser that comes back misses nothing and sees nothing twice', async () => {
  const first = await listen();
  await until('it is connected', () => first.seen.length === 1);
  const last = first.seen[0]?.id ?? '';
  await first.stop();
  const missed = [await draft(), await draft()];
  const second = await listen(last);
  missed.push(await draft());
  await until('it has seen all three', () => second.changes().length === 3);
  expect(second.changes().map(({ data }) => data.proposal_id)).toEqual(missed);
  const sequence = second.changes().map(({ data }) => data.seq);
  expect(sequence).toEqual([...sequence].sort((a, b) => a - b));
  await second.stop();
});

test('a number that was never given out is no reason to fail', async () => {
  for (const last of ['nonsense', '-1', '999999999', '1e3', '9'.repeat(40)]) {
    const stream = await listen(last);
    await until('it is connected', () => stream.seen.length > 0);
    expect(stream.response.status).toBe(200);
    expect(stream.changes()).toEqual([]);
    await stream.stop();
  }
});

test("another organisation's changes are not seen", async () => {
  const stream = await listen();
  await until('it is connected', () => stream.seen.length === 1);
  const [other] = await server.db.sql<{ id: string }>`insert into organisations (name) values ('Other') returning id`;
  await server.db.sql`
    insert into audit (org_id, seq, proposal_id, to_status, actor_type, actor_id, prev_hash, hash) values (${other?.id}, 0, gen_random_uuid(), 'pending', 'system', 'x', '', '')`;
  const own = await draft();
  await until('its own is seen', () => stream.changes().length > 0);
  expect(stream.changes().map(({ data }) => data.proposal_id)).toEqual([own]);
  await stream.stop();
});

test('when listening was interrupted, what was announced meanwhile is still seen', async () => {
  const stream = await listen();
  await until('it is connected', () => stream.seen.length === 1);
  const cut = await asOwner(
    server.database_url,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
  );
  expect(cut.rowCount).toBeGreaterThanOrEqual(1);
  const proposal_id = await draft();
  await until('it is seen', () => stream.changes().some(({ data }) => data.proposal_id === proposal_id));
  await stream.stop();
});

test('shutting down ends the streams', async () => {
  const other = await startTestServer();
  const me = await other.signIn();
  const response = await fetch(`${other.origin}/api/stream`, { headers: { cookie: me } });
  const text = response.text();
  await other.close();
  expect(await text).toMatch(/^retry:2000\n\n/);
});

describe('a stream ends with what it was opened by', () => {
  const within_ms = 1_000;

  async function endsAfter(as: Record<string, string>, end: () => Promise<unknown>): Promise<void> {
    const other = await listen();
    const stream = await listen(undefined, as);
    await until('both are connected', () => stream.seen.length === 1 && other.seen.length === 1);
    let ended = false;
    void stream.done.then(() => (ended = true));
    await end();
    await until('it has ended', () => ended, within_ms);
    const proposal_id = await draft();
    await until('the other one goes on', () => other.changes().some(({ data }) => data.proposal_id === proposal_id));
    expect(stream.changes()).toEqual([]);
    await other.stop();
  }

  test('sign-out', async () => {
    const cookie = await server.member('viewer');
    await endsAfter({ cookie }, () => server.call('POST', '/api/auth/sign-out', { as: cookie }));
  });

  test('a session that somebody ended', async () => {
    const cookie = await server.member('viewer');
    await endsAfter(
      { cookie },
      () => server.db.sql`delete from session where "userId" in (select user_id from members where role = 'viewer')`,
    );
  });

  test('a member who was removed', async () => {
    const cookie = await server.member('ops_lead');
    await endsAfter({ cookie }, () => server.db.sql`delete from members where role = 'ops_lead'`);
  });

  test('a key that was revoked', async () => {
    const { id, key } = (await server.call('POST', '/api/keys', { as: ana, body: { name: 'a script', kind: 'agent' } })).json;
    await endsAfter({ authorization: `Bearer ${key}` }, () => server.call('DELETE', `/api/keys/${id}`, { as: ana }));
  });
});
