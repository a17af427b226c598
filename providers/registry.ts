/** Every executor there is, one line each. What is not connected says so. */
import type { Environment } from '../domain/environment.ts';
import type { Executor } from '../domain/executor.ts';
import type { Operation } from '../domain/operations.ts';
import { createIntercomReader, type IntercomReader } from './intercom/reads.ts';
import { createMailExecutor, outboxFolderOf, senderOf } from './mail/outbound.ts';
import { createStripeClient } from './stripe/client.ts';
import { connectionOf, createPauseCollection, createResumeCollection } from './stripe/outbound.ts';
import { createStripeReader, type StripeReader } from './stripe/reads.ts';

export interface Connection {
  name: string;
  connected: boolean;
  detail: string;
}

export interface Executors {
  /** Null for an action that nothing here can run. */
  executorFor(action_type: string, operation: string | null): Executor | null;
  /** Whether an operation's provider is connected. */
  connected(operation: string): boolean;
  /** Reads Stripe's API; null when it is not connected. */
  stripe: StripeReader | null;
  /** Reads Intercom's API; null when it is not connected. */
  intercom: IntercomReader | null;
  connections(): Connection[];
}

export type ProviderEnvironment = Pick<
  Environment,
  | 'SMTP_URL'
  | 'MAIL_FROM'
  | 'DATA_DIR'
  | 'STRIPE_API_KEY'
  | 'STRIPE_API_BASE'
  | 'INTERCOM_TOKEN'
  | 'INTERCOM_API_URL'
  | 'OPENAI_API_KEY'
  | 'OPENAI_BASE_URL'
  | 'OPENAI_MODEL'
>;

export async function createExecutors(environment: ProviderEnvironment): Promise<Executors> {
  const { STRIPE_API_KEY: api_key, STRIPE_API_BASE: api_base } = environment;
  const stripe = api_key === undefined ? null : createStripeClient({ api_key, api_base });
  const account = stripe === null || api_key === undefined ? null : { stripe, connection: await connectionOf(stripe, api_key) };
  const email = createMailExecutor(environment);
  const operations: { [name in Operation]?: Executor } = {
    'stripe.pause_collection': createPauseCollection(account),
    'stripe.resume_collection': createResumeCollection(account),
  };
  const executorFor = (action_type: string, operation: string | null): Executor | null => {
    if (action_type === 'email') return email;
    return action_type === 'api_call' && operation !== null && isListed(operations, operation) ? (operations[operation] ?? null) : null;
  };
  return {
    executorFor,
    connected: (operation) => (executorFor('api_call', operation)?.connection() ?? null) !== null,
    stripe: stripe && createStripeReader(stripe),
    intercom: intercomReader(environment),
    connections: () => connectionsOf(environment, account?.connection ?? null),
  };
}

function intercomReader({ INTERCOM_TOKEN: token, INTERCOM_API_URL: base_url = 'https://api.intercom.io' }: ProviderEnvironment) {
  return token === undefined ? null : createIntercomReader({ base_url, token });
}

function connectionsOf(environment: ProviderEnvironment, stripe: string | null): Connection[] {
  const { SMTP_URL, OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL } = environment;
  const model = OPENAI_API_KEY !== undefined || OPENAI_BASE_URL !== undefined;
  return [
    SMTP_URL === undefined
      ? { name: 'Email', connected: false, detail: `Mails are kept in ${outboxFolderOf(environment)}. Set SMTP_URL to send them.` }
      : { name: 'Email', connected: true, detail: `${senderOf(environment).address} over ${new URL(SMTP_URL).hostname}` },
    stripe === null
      ? { name: 'Stripe', connected: false, detail: 'Facts come from webhooks only. Set STRIPE_API_KEY to read and to pause collection.' }
      : { name: 'Stripe', connected: true, detail: stripe.replace(/^stripe:/, '') },
    model
      ? { name: 'Language model', connected: true, detail: OPENAI_MODEL }
      : {
          name: 'Language model',
          connected: false,
          detail: 'Emails are in our own words. Set OPENAI_API_KEY or OPENAI_BASE_URL to have them worded.',
        },
  ];
}

function isListed<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key);
}
