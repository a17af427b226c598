/**
 * The least that any webhook door must do: read the bytes, verify Stripe's signature with Stripe's library,
 * commit the event's row, answer with its id. Nothing is routed, checked, logged or started.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import pg from 'pg';
import Stripe from 'stripe';

const { BENCH_DATABASE_URL = '', BENCH_WEBHOOK_SECRET = '', BENCH_ORG_ID = '' } = process.env;
const pool = new pg.Pool({ connectionString: BENCH_DATABASE_URL, max: 16 });

const insert = `
  insert into bench_floor.events (org_id, source, type, occurred_at, payload_json, dedupe_key, subject, status, reason, processed_at, dispatched_at)
  values ($1, 'stripe', $2, $3, $4, $5, null, 'ignored', 'no procedure lists it', now(), now())
  on conflict (org_id, source, dedupe_key) do update set dedupe_key = excluded.dedupe_key
  returning id, (xmax = 0) as inserted`;

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const event = Stripe.webhooks.constructEvent(body, request.headers['stripe-signature'] ?? '', BENCH_WEBHOOK_SECRET);
  const dedupe_key = createHash('sha256').update(event.id).digest('hex');
  const values = [BENCH_ORG_ID, event.type, new Date(event.created * 1_000), body.toString('utf8'), dedupe_key];
  const { rows } = await pool.query<{ id: string; inserted: boolean }>({ name: 'insert', text: insert, values });
  const answer = JSON.stringify({ event_id: rows[0]?.id, duplicate: !rows[0]?.inserted });
  response.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
  response.end(answer);
}

const server = createServer((request, response) => {
  receive(request, response).catch((error: unknown) => {
    console.error(error);
    const answer = String(error);
    response.writeHead(500, { 'content-length': Buffer.byteLength(answer) }).end(answer);
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
