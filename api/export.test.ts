import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { export_columns } from '../prisma/exports.ts';
import { asOwner } from '../scripts/testing/database.ts';
import { email_draft, startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
});
afterAll(() => server.close());

async function draft(said: object = {}): Promise<{ proposal_id: string; payload_hash: string }> {
  const answer = await server.call('POST', '/ai/propose', { as: ana, body: { ...email_draft, ...said } });
  expect(answer.status).toBe(201);
  return answer.json;
}

const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true, bom: true, record_delimiter: '\r\n' });
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('an export', () => {
  test('is a file with a fixed name, and both forms say the same', async () => {
    const { proposal_id, payload_hash } = await draft();
    const csv = await server.call('GET', '/api/export/proposals', { as: ana });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="execops-proposals.csv"');
    expect(csv.headers.get('cache-control')).toBe('no-store');
    const bytes = new Uint8Array(await (await fetch(`${server.origin}/api/export/proposals`, { headers: { cookie: ana } })).arrayBuffer());
    expect([...bytes.slice(0, 3)], 'the mark by which spreadsheets know UTF-8').toEqual([0xef, 0xbb, 0xbf]);
    expect(csv.text.split('\r\n')[0]?.replace('\uFEFF', '')).toBe(export_columns.proposals.join(','));

    const jsonl = await server.call('GET', '/api/export/proposals?format=jsonl', { as: ana });
    expect(jsonl.headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
    expect(jsonl.headers.get('content-disposition')).toBe('attachment; filename="execops-proposals.jsonl"');
    const [row] = rowsOf(csv.text);
    const [line] = linesOf(jsonl.text);
    expect(Object.keys(line)).toEqual(Object.keys(row ?? {}));
    expect(line).toMatchObject({ id: proposal_id, payload_hash, version: 1, status: 'pending', payload: email_draft.payload });
    expect(row).toMatchObject({ id: proposal_id, version: '1', created_at: line.created_at });
    expect(JSON.parse(row?.payload ?? '')).toEqual(email_draft.payload);
  });

  test('has the decisions with who made them, and the audit as it is chained', async () => {
    const { proposal_id, payload_hash } = await draft();
    const body = { proposal_id, payload_hash, decision: 'reject', feedback: 'Not now' };
    expect((await server.call('POST', '/ai/decide', { as: ana, body })).status).toBe(200);
    const decisions = linesOf((await server.call('GET', '/api/export/decisions?format=jsonl', { as: ana })).text);
    expect(decisions).toEqual([
      expect.objectContaining({ proposal_id, decision: 'reject', decided_by_email: 'ana@example.com', via: 'api', feedback: 'Not now' }),
    ]);
    const audit = linesOf((await server.call('GET', '/api/export/audit?format=jsonl', { as: ana })).text);
    expect(audit.map(({ seq }) => seq)).toEqual(audit.map((_, at) => at + 1));
    for (const [at, row] of audit.entries()) expect(row.prev_hash).toBe(at === 0 ? '0'.repeat(64) : audit[at - 1].hash);
  });

  test('is cut to days and moments, in UTC', async () => {
    const { proposal_id } = await draft();
    await asOwner(server.database_url, `update proposals set created_at = '2026-03-31T23:59:59.999Z' where id = $1`, [proposal_id]);
    const ids = async (query: string) =>
      linesOf((await server.call('GET', `/api/export/proposals?format=jsonl&${query}`, { as: ana })).text || '{}').map(({ id }) => id);
    expect(await ids('since=2026-03-31&until=2026-03-31')).toEqual([proposal_id]);
    expect(await ids('until=2026-03-31T23:59:59.999Z')).toEqual([undefined]);
    expect(await ids('since=2026-04-01&until=2026-04-02')).toEqual([undefined]);
    expect(await ids('since=2026-04-01T01:59:59.999%2B02:00&until=2026-04-01')).toEqual([proposal_id]);
    for (const query of ['since=yesterday', 'format=xlsx', 'since=2026-02-30', 'since[]=2026-01-01', 'since=2026-01-01&since=2026-01-02'])
      expect([query, (await server.call('GET', `/api/export/proposals?${query}`, { as: ana })).status]).toEqual([query, 400]);
  });

  test('is read by every member and with a personal key, by no agent and nobody else', async () => {
    const { key: personal } = (await server.call('POST', '/api/keys', { as: ana, body: { name: 'x', kind: 'personal' } })).json;
    const { key: agent } = (await server.call('POST', '/api/keys', { as: ana, body: { name: 'x', kind: 'agent' } })).json;
    const statusOf = async (as?: string) => (await server.call('GET', '/api/export/audit', as === undefined ? {} : { as })).status;
    expect(await statusOf(await server.member('viewer'))).toBe(200);
    expect(await statusOf(personal)).toBe(200);
    expect(await statusOf(agent)).toBe(403);
    expect(await statusOf()).toBe(401);
    expect((await server.call('HEAD', '/api/export/audit', { as: ana })).headers.get('content-disposition')).toContain('execops-audit.csv');
  });
});

test('text that a spreadsheet would run is led by an apostrophe, and numbers stay numbers', async () => {
  const dangerous = [
    '=1+1',
    '+1',
    '-1+1',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '\uFF1D1',
    '\uFF0B1',
    '\uFF0D1',
    '\uFF201',
    '=cmd|"/c calc"!A1',
  ];
  for (const reasoning of dangerous) {
    const { proposal_id } = await draft();
    // As a row that came past the forms would hold it.
    await asOwner(server.database_url, 'update proposals set reasoning = $2, title = $2 where id = $1', [proposal_id, reasoning]);
    const { text } = await server.call('GET', '/api/export/proposals', { as: ana });
    const row = rowsOf(text).find(({ id }) => id === proposal_id);
    expect([row?.reasoning, row?.title, row?.version]).toEqual([`'${reasoning}`, `'${reasoning}`, '1']);
    const lines = linesOf((await server.call('GET', '/api/export/proposals?format=jsonl', { as: ana })).text);
    expect(lines.find(({ id }) => id === proposal_id).reasoning, 'for programs it is what it is').toBe(reasoning);
  }
});

describe('a hundred thousand rows', () => {
  const rows = 100_000;
  let far: TestServer;
  let bo: string;
  beforeAll(async () => {
    far = await startTestServer();
    bo = await far.signIn();
    // Past the chain's triggers, for speed; 2 kB each.
    await asOwner(
      far.database_url,
      `set session_replication_role = replica;
       insert into audit (org_id, seq, actor_type, actor_id, ts, metadata, prev_hash, hash)
       select '${far.org_id}', 1000 + n, 'system', 'execops', now() - interval '1 hour', jsonb_build_object('filling', repeat('x', 2000)), '', n::text
       from generate_series(1, ${rows}) n`,
    );
  }, 120_000);
  afterAll(() => far.close());

  const reading = () => fetch(`${far.origin}/api/export/audit?format=jsonl`, { headers: { cookie: bo } });

  test('are read whole, in their order, without being held', { timeout: 120_000 }, async () => {
    globalThis.gc?.();
    const before = held();
    let [most, count, rest, last] = [0, 0, '', 0];
    const response = await reading();
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { seq } = JSON.parse(line);
        if (seq <= last) throw new Error(`row ${seq} came after row ${last}`);
        last = seq;
        count += 1;
      }
      most = Math.max(most, held() - before);
    }
    expect(count).toBeGreaterThanOrEqual(rows);
    expect(last).toBe(1000 + rows);
    expect(most, 'of about 220 MB').toBeLessThan(120_000_000);
  });

  test('an error in the middle ends the connection, so that no half file looks whole', async () => {
    const response = await reading();
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    await reader?.read();
    await asOwner(far.database_url, 'alter table audit rename to audit_away');
    const drained = (async () => {
      while (!(await reader?.read())?.done);
    })();
    await expect(drained).rejects.toThrow();
    await asOwner(far.database_url, 'alter table audit_away rename to audit');
    expect((await far.call('GET', '/health')).status).toBe(200);
  });

  test('a reader who goes away stops the reading', async () => {
    const abort = new AbortController();
    const response = await fetch(`${far.origin}/api/export/audit`, { headers: { cookie: bo }, signal: abort.signal });
    expect(response.status).toBe(200);
    abort.abort();
    expect((await far.call('GET', '/health')).status).toBe(200);
  });
});

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
