/** Every executor there is, one line each. What is not connected says so. */
import type { Executor } from '../domain/executor.ts';
import type { OwnOperation, Operation } from '../domain/operations.ts';
import { connectAccounts, type AccountsEnvironment } from './accounts.ts';
import { connectionsOf, type Connection, type ConnectionsEnvironment } from './connections.ts';
import { githubExecutors } from './github/outbound.ts';
import { createGithubReader, type GithubReader } from './github/reads.ts';
import { hubspotExecutors } from './hubspot/outbound.ts';
import { intercom_api } from './intercom/client.ts';
import { intercomExecutors } from './intercom/outbound.ts';
import { createIntercomReader, type IntercomReader } from './intercom/reads.ts';
import { calendarExecutors, createMailExecutor } from './mail/outbound.ts';
import { createSlackDm } from './slack/outbound.ts';
import { createSlackDirectory, type SlackReader } from './slack/reads.ts';
import { createPauseCollection, createResumeCollection } from './stripe/outbound.ts';
import { createStripeReader, type StripeReader } from './stripe/reads.ts';
import { trialsOf, type Trials } from './trials.ts';

export interface Executors {
  /** Null for an action that nothing here can run. */
  executorFor(action_type: string, operation: string | null): Executor | null;
  /** Whether the provider of an operation, or of `email` or `slack_dm`, is connected. */
  connected(name: string): boolean;
  /** Reads Stripe's API; null when it is not connected. */
  stripe: StripeReader | null;
  /** Reads Intercom's API; null when it is not connected. */
  intercom: IntercomReader | null;
  /** Reads GitHub's API; null when it is not connected. */
  github: GithubReader | null;
  /** Reads Slack's directory; null when it is not connected. */
  slack: SlackReader | null;
  connections(): Connection[];
  /** What can be asked whether it works, by the connection's name. */
  trials: Trials;
}

export type ProviderEnvironment = AccountsEnvironment & ConnectionsEnvironment;

export async function createExecutors(environment: ProviderEnvironment): Promise<Executors> {
  const accounts = await connectAccounts(environment);
  const operations: Record<Exclude<Operation, OwnOperation>, Executor> = {
    'stripe.pause_collection': createPauseCollection(accounts.stripe),
    'stripe.resume_collection': createResumeCollection(accounts.stripe),
    ...githubExecutors(accounts.github),
    ...intercomExecutors(accounts.intercom),
    ...hubspotExecutors(accounts.hubspot),
    ...calendarExecutors(environment),
  };
  const sending: Record<string, Executor> = { email: createMailExecutor(environment), slack_dm: createSlackDm(accounts.slack) };
  const executorFor = (action_type: string, operation: string | null): Executor | null => {
    if (action_type !== 'api_call') return operation === null ? listed(sending, action_type) : null;
    return operation === null ? null : listed(operations, operation);
  };
  return {
    executorFor,
    connected: (name) => (listed({ ...sending, ...operations }, name)?.connection() ?? null) !== null,
    stripe: accounts.stripe && createStripeReader(accounts.stripe.stripe),
    intercom: intercomReader(environment),
    github: accounts.github && createGithubReader(accounts.github.github),
    slack: accounts.slack && createSlackDirectory(accounts.slack.slack),
    connections: () => connectionsOf(environment, accounts),
    trials: trialsOf(environment),
  };
}

function intercomReader({ INTERCOM_TOKEN: token, INTERCOM_API_URL: base_url = intercom_api }: AccountsEnvironment) {
  return token === undefined ? null : createIntercomReader({ base_url, token });
}

function listed(table: Record<string, Executor>, name: string): Executor | null {
  return Object.hasOwn(table, name) ? (table[name] ?? null) : null;
}
