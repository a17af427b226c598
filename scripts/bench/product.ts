/** The product, driven over HTTP as a provider and a person would: webhooks, the event stream, reading a card, deciding. */
import { z } from 'zod';

import { createArrivals } from './arrivals.ts';
import { type SignedEvent, signedEvents } from './events.ts';
import { type HttpAnswer, createHttpClient, requestOf } from './http-client.ts';
import { openStream } from './stream.ts';
import type { AckTarget, RoundTrip, TripTarget } from './targets.ts';

export interface Product extends AckTarget, TripTarget {
  /** Makes the customers of these events matter, so that a failed payment of theirs becomes a card. */
  knowCustomers(events: readonly SignedEvent[]): Promise<void>;
  /** Resolves when every stored event has been worked off. */
  drained(): Promise<void>;
  close(): void;
}

export interface ProductSettings {
  port: number;
  webhook_secret: string;
  email: string;
  password: string;
}

const customers_per_call = 4_000;
const drain_poll_ms = 100;
const drain_within_ms = 300_000;

const acknowledged = z.object({ event_id: z.uuid(), duplicate: z.boolean() });
const card = z.object({ id: z.uuid(), status: z.string(), payload_hash: z.string(), event_ids: z.array(z.uuid()) });
const events_page = z.object({ events: z.array(z.object({ id: z.uuid() })) });

const settings_list = z.object({ settings: z.array(z.object({ key: z.string(), value: z.unknown() })) });
const proposed = z.object({ proposal_id: z.uuid(), payload_hash: z.string() });
const mail_limit = 'organisation.mail_per_hour';
const mails_per_hour = 100_000;

interface Pending {
  at: number;
  proposal_id: string;
  payload_hash: string;
}

export async function openProduct({ port, webhook_secret, email, password }: ProductSettings): Promise<Product> {
  const origin = `http://localhost:${port}`;
  const http = createHttpClient(port);
  const signed_in = await fetch(`${origin}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ email, password }),
  });
  if (!signed_in.ok) throw new Error(`signing in answers ${signed_in.status}: ${await signed_in.text()}`);
  const cookie = signed_in.headers
    .getSetCookie()
    .map((set) => set.split(';', 1)[0])
    .join('; ');

  const pending = createArrivals<Pending>();
  const settled = createArrivals<{ at: number; status: string }>();
  /** Cards are read only for round trips: nobody reads those of a burst. */
  let trips_under_way = 0;
  let failure: Error | null = null;
  const stream = await openStream(port, cookie, ({ proposal_id, from_status, to_status }) => {
    const at = performance.now();
    if (trips_under_way === 0) return;
    if (from_status === null && to_status === 'pending') readCard(proposal_id, at).catch((error: Error) => (failure = error));
    else if (from_status === 'approved' && to_status !== 'approved') settled.arrive(proposal_id, { at, status: to_status ?? 'nothing' });
  });

  async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const request = requestOf({ method, path, port, headers: { cookie, origin }, ...(body && { body: JSON.stringify(body) }) });
    return bodyOf(await http.send(request), `${method} ${path}`);
  }

  async function readCard(proposal_id: string, at: number): Promise<void> {
    const { payload_hash, event_ids } = card.parse(await call('GET', `/api/proposals/${proposal_id}`));
    for (const event_id of event_ids) pending.arrive(event_id, { at, proposal_id, payload_hash });
  }

  function ackRequest({ body, signature }: SignedEvent): Buffer {
    return requestOf({ method: 'POST', path: '/ingest/stripe', port, headers: { 'stripe-signature': signature }, body });
  }

  async function trip(request: Buffer): Promise<RoundTrip> {
    const began = performance.now();
    const { event_id } = acknowledged.parse(bodyOf(await http.send(request), 'the webhook'));
    const { at: pending_at, proposal_id, payload_hash } = await pending.wait(event_id);
    const executed = settled.wait(proposal_id);
    const approved = performance.now();
    await call('POST', '/ai/decide', { proposal_id, decision: 'approve', payload_hash });
    const { at: executed_at, status } = await executed;
    if (status !== 'executed') throw new Error(`proposal ${proposal_id} became ${status} instead of executed`);
    if (failure !== null) throw failure;
    return { to_pending_ms: pending_at - began, to_executed_ms: executed_at - approved, whole_ms: executed_at - began };
  }

  async function knowCustomers(events: readonly SignedEvent[]): Promise<void> {
    for (let first = 0; first < events.length; first += customers_per_call) {
      const customers = events
        .slice(first, first + customers_per_call)
        .map(({ customer }) => ({ stripe_customer_id: customer, mrr_percentile: 95 }));
      await call('POST', '/api/context', { customers });
    }
  }

  /** More mails go out here in an hour than an organisation usually allows. */
  async function raiseMailLimit(): Promise<void> {
    const limit = async () => settings_list.parse(await call('GET', '/api/settings')).settings.find(({ key }) => key === mail_limit)?.value;
    if ((await limit()) === mails_per_hour) return;
    const asked = proposed.parse(await call('POST', '/api/settings', { setting: mail_limit, value: mails_per_hour }));
    await call('POST', '/ai/decide', { ...asked, decision: 'approve' });
    const deadline = performance.now() + drain_within_ms;
    while ((await limit()) !== mails_per_hour) {
      if (performance.now() > deadline) throw new Error('The limit of mails could not be raised.');
      await new Promise((resolve) => setTimeout(resolve, drain_poll_ms));
    }
  }

  await raiseMailLimit();
  return {
    ackRequest,
    send: (request) => http.send(request),
    knowCustomers,
    async prepareTrips(count) {
      const events = signedEvents('failed_payment', count, webhook_secret);
      await knowCustomers(events);
      return events.map((event) => {
        const request = ackRequest(event);
        return async () => {
          trips_under_way += 1;
          try {
            return await trip(request);
          } finally {
            trips_under_way -= 1;
          }
        };
      });
    },
    async drained() {
      const deadline = performance.now() + drain_within_ms;
      while (events_page.parse(await call('GET', '/api/events?status=received&limit=1')).events.length > 0) {
        if (performance.now() > deadline) throw new Error(`Stored events still wait after ${drain_within_ms / 1_000} s.`);
        await new Promise((resolve) => setTimeout(resolve, drain_poll_ms));
      }
    },
    close() {
      stream.close();
      http.close();
    },
  };
}

function bodyOf({ status, body }: HttpAnswer, what: string): unknown {
  if (status < 200 || status > 299) throw new Error(`${what} answers ${status}: ${body}`);
  return JSON.parse(body);
}
