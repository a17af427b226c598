/** A whole instance with every provider it can be connected to, each a peer that answers over HTTP or SMTP, and one owner who decides. */
import { randomUUID } from 'node:crypto';

import { Client, Connection } from '@temporalio/client';

import { sources } from '../../api/testing-sources.ts';
import type { ProposalStatus } from '../../domain/proposal.ts';
import type { Json } from '../../domain/text.ts';
import type { AuditRow } from '../../domain/wire/audit.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import type { Proposed } from '../../domain/wire/draft.ts';
import type { EventDetail } from '../../domain/wire/event.ts';
import type { ExecutionView } from '../../domain/wire/execution.ts';
import type { InboxPage } from '../../domain/wire/inbox.ts';
import { github_secret, signGithub } from '../../providers/github/testing.ts';
import { intercom_secret, signIntercom } from '../../providers/intercom/testing.ts';
import { startModel } from '../../providers/openai/testing.ts';
import { sentry_secret, signSentry } from '../../providers/sentry/testing.ts';
import { textOf } from '../../workflows/testing.ts';
import { signStripe } from '../../providers/stripe/inbound.ts';
import { github_token, startGithub, type TestGithub } from './github.ts';
import { hubspot_token, startHubspot, type TestHubspot } from './hubspot.ts';
import { startInstance, type Instance } from './instance.ts';
import { intercom_token, startIntercom, type TestIntercom } from './intercom.ts';
import { slack_token, startSlack, type TestSlack } from './slack.ts';
import { startSmtp, type TestSmtp } from './smtp.ts';
import { startStripe, type TestStripe } from './stripe.ts';
import { until } from './wait.ts';

/** Every door's secret. */
export const door_secrets: Record<string, string> = Object.assign({}, ...sources.map(({ env }) => env));

export interface Peers {
  smtp: TestSmtp;
  slack: TestSlack;
  github: TestGithub;
  intercom: TestIntercom;
  hubspot: TestHubspot;
  stripe: TestStripe;
}

export type Stage = Awaited<ReturnType<typeof startStage>>;
type Signal = readonly ['stripe' | 'intercom', Json] | readonly ['github' | 'sentry', Json, string];

/** Two processes and six peers share one small machine with other tests. */
const within_ms = 40_000;

export async function startStage(env: Record<string, string> = {}, words: object = {}) {
  const [model, smtp, slack, github, intercom, hubspot, stripe] = await Promise.all([
    startModel({ say: words }),
    startSmtp(),
    startSlack(),
    startGithub(),
    startIntercom(),
    startHubspot(),
    startStripe(),
  ]);
  const peers: Peers = { smtp, slack, github, intercom, hubspot, stripe };
  const instance = await startInstance({ env: { ...door_secrets, ...connections(peers), OPENAI_BASE_URL: model.url, ...env } });
  const session = await signIn(instance);
  const connection = await Connection.connect({ address: instance.temporal.address });
  const { workflow } = new Client({ connection, namespace: instance.temporal.namespace });

  async function ask<T>(method: 'GET' | 'POST', path: string, body?: object, as: object = { cookie: session }): Promise<T> {
    const answer = await fetch(`${instance.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: instance.url, ...as },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  const event = (id: string) => ask<EventDetail>('GET', `/api/events/${id}`);
  const card = (id: string) => ask<ProposalView>('GET', `/api/proposals/${id}`);
  const approve = ({ id, payload_hash }: ProposalView) => ask('POST', '/ai/decide', { proposal_id: id, decision: 'approve', payload_hash });
  const reached = ({ id }: ProposalView, status: ProposalStatus) =>
    soon(`card ${id} is ${status}`, async () => {
      const now = await card(id);
      return now.status === status && now;
    });
  const soon = <T>(what: string, look: () => T | Promise<T>) => until(what, look, within_ms);

  return {
    ...peers,
    model,
    instance,
    ask,
    event,
    card,
    soon,
    deliver: (...signal: Signal) => deliver(instance.url, ...signal),
    /** An owner tells facts that no webhook carries. */
    tell: (facts: object) => ask('POST', '/api/context', facts),
    /** A complete draft, by the owner or with an agent's key. */
    async propose(draft: object, key?: string): Promise<ProposalView> {
      const as = key === undefined ? undefined : { authorization: `Bearer ${key}` };
      return card((await ask<Proposed>('POST', '/ai/propose', draft, as)).proposal_id);
    },
    /** The event's cards in their order; none when it came to nothing. */
    async cardsOf(event_id: string): Promise<ProposalView[]> {
      await soon(`event ${event_id} is processed`, async () => (await event(event_id)).processed_at !== null);
      const { proposals } = await ask<{ proposals: Proposed[] }>('POST', '/ai/propose', { event_id });
      return Promise.all(proposals.map(({ proposal_id }) => card(proposal_id)));
    },
    approve,
    reached,
    /** Approves what is shown, and waits until it has happened. */
    async approveAll(cards: readonly ProposalView[]): Promise<ProposalView[]> {
      await Promise.all(cards.map(approve));
      return Promise.all(cards.map((one) => reached(one, 'executed')));
    },
    executions: async ({ id }: ProposalView) =>
      (await ask<{ executions: ExecutionView[] }>('GET', `/api/proposals/${id}/executions`)).executions,
    audit: async ({ id }: ProposalView) => (await ask<{ audit: AuditRow[] }>('GET', `/api/proposals/${id}/audit`)).audit,
    /** All of them, by status. */
    inbox: async (status: ProposalStatus) => (await ask<InboxPage>('GET', `/api/inbox?status=${status}&limit=500`)).proposals,
    /** Everything that Temporal keeps of every run, payloads readable. */
    async histories(): Promise<string[]> {
      const texts: string[] = [];
      for await (const { workflowId, runId } of workflow.list())
        texts.push(textOf(await workflow.getHandle(workflowId, runId).fetchHistory()));
      return texts;
    },
    async stop() {
      await connection.close();
      await instance.stop();
      model.close();
      await Promise.all(Object.values(peers).map((peer: { close(): Promise<void> }) => peer.close()));
    },
  };
}

function connections({ smtp, slack, github, intercom, hubspot, stripe }: Peers): Record<string, string> {
  return {
    SMTP_URL: smtp.url,
    MAIL_FROM: 'ops@example.com',
    SLACK_BOT_TOKEN: slack_token,
    SLACK_API_URL: slack.url,
    GITHUB_TOKEN: github_token,
    GITHUB_API_URL: github.url,
    INTERCOM_TOKEN: intercom_token,
    INTERCOM_API_URL: intercom.url,
    HUBSPOT_TOKEN: hubspot_token,
    HUBSPOT_API_URL: hubspot.url,
    STRIPE_API_KEY: 'sk_test_stage',
    STRIPE_API_BASE: stripe.url,
    FEATURE_GITHUB: '1',
    FEATURE_SENTRY: '1',
  };
}

async function signIn({ url, owner }: Instance): Promise<string> {
  const answer = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(owner),
  });
  if (!answer.ok) throw new Error(`sign-in answered ${answer.status}`);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
}

/** Sends a webhook as its provider does; the third part names GitHub's event or Sentry's resource. Resolves to the event's id. */
export async function deliver(url: string, ...[source, payload, kind]: Signal): Promise<string> {
  const body = JSON.stringify(payload);
  const headers = {
    stripe: () => ({ 'stripe-signature': signStripe(body, door_secrets.STRIPE_WEBHOOK_SECRET ?? '', new Date()) }),
    intercom: () => signIntercom(body, intercom_secret),
    github: () => ({ ...signGithub(body, github_secret, kind), 'x-github-delivery': randomUUID() }),
    sentry: () => signSentry(body, sentry_secret, { resource: kind }),
  }[source]();
  const answer = await fetch(`${url}/ingest/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  if (answer.status !== 202) throw new Error(`/ingest/${source} answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { event_id: string }).event_id;
}
