/** The accounts that the environment connects, each asked once who we are; null for what is not configured. */
import type { Environment } from '../domain/environment.ts';
import { githubIdentity, type GithubAccount } from './github/account.ts';
import { createGithubClient } from './github/client.ts';
import { createHubspotClient } from './hubspot/client.ts';
import { hubspotIdentity, type HubspotAccount } from './hubspot/outbound.ts';
import { intercomIdentity, type IntercomAccount } from './intercom/account.ts';
import { createIntercomClient } from './intercom/client.ts';
import { createSlackClient } from './slack/client.ts';
import { slackIdentity, type SlackAccount } from './slack/outbound.ts';
import { createStripeClient } from './stripe/client.ts';
import { connectionOf, type StripeAccount } from './stripe/outbound.ts';

export type AccountsEnvironment = Pick<
  Environment,
  | 'STRIPE_API_KEY'
  | 'STRIPE_API_BASE'
  | 'SLACK_BOT_TOKEN'
  | 'SLACK_API_URL'
  | 'GITHUB_TOKEN'
  | 'GITHUB_API_URL'
  | 'INTERCOM_TOKEN'
  | 'INTERCOM_API_URL'
  | 'HUBSPOT_TOKEN'
  | 'HUBSPOT_API_URL'
>;

export interface Accounts {
  stripe: StripeAccount | null;
  slack: SlackAccount | null;
  github: GithubAccount | null;
  intercom: IntercomAccount | null;
  hubspot: HubspotAccount | null;
}

export async function connectAccounts(environment: AccountsEnvironment): Promise<Accounts> {
  const [stripe, slack, github, intercom, hubspot] = await Promise.all([
    connect(environment.STRIPE_API_KEY, async (api_key) => {
      const client = createStripeClient({ api_key, api_base: environment.STRIPE_API_BASE });
      return { stripe: client, connection: await connectionOf(client, api_key) };
    }),
    connect(environment.SLACK_BOT_TOKEN, async (token) => {
      const client = createSlackClient({ token, api_url: environment.SLACK_API_URL });
      return { slack: client, identity: await slackIdentity(client) };
    }),
    connect(environment.GITHUB_TOKEN, async (token) => {
      const client = createGithubClient({ token, api_url: environment.GITHUB_API_URL });
      return { github: client, identity: await githubIdentity(client) };
    }),
    connect(environment.INTERCOM_TOKEN, async (token) => {
      const client = createIntercomClient({ token, api_url: environment.INTERCOM_API_URL });
      return { intercom: client, identity: await intercomIdentity(client) };
    }),
    connect(environment.HUBSPOT_TOKEN, async (token) => {
      const client = createHubspotClient({ token, api_url: environment.HUBSPOT_API_URL });
      return { hubspot: client, identity: await hubspotIdentity(client) };
    }),
  ]);
  return { stripe, slack, github, intercom, hubspot };
}

async function connect<Account>(secret: string | undefined, connected: (secret: string) => Promise<Account>): Promise<Account | null> {
  return secret === undefined ? null : connected(secret);
}
