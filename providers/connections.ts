/** What is connected, in words that hold no secret, and what connecting the rest would add. */
import type { Environment } from '../domain/environment.ts';
import type { Accounts } from './accounts.ts';
import type { Identity } from './identity.ts';
import { outboxFolderOf, senderOf } from './mail/outbound.ts';

export interface Connection {
  name: string;
  connected: boolean;
  detail: string;
}

export type ConnectionsEnvironment = Pick<
  Environment,
  'SMTP_URL' | 'MAIL_FROM' | 'DATA_DIR' | 'OPENAI_API_KEY' | 'OPENAI_BASE_URL' | 'OPENAI_MODEL'
>;

export function connectionsOf(environment: ConnectionsEnvironment, { stripe, slack, github, intercom, hubspot }: Accounts): Connection[] {
  const { SMTP_URL, OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL } = environment;
  const model = OPENAI_API_KEY !== undefined || OPENAI_BASE_URL !== undefined;
  return [
    SMTP_URL === undefined
      ? { name: 'Email', connected: false, detail: `Mails are kept in ${outboxFolderOf(environment)}. Set SMTP_URL to send them.` }
      : { name: 'Email', connected: true, detail: `${senderOf(environment).address} over ${new URL(SMTP_URL).hostname}` },
    stripe === null
      ? { name: 'Stripe', connected: false, detail: 'Facts come from webhooks only. Set STRIPE_API_KEY to read and to pause collection.' }
      : { name: 'Stripe', connected: true, detail: stripe.connection.replace(/^stripe:/, '') },
    line('Slack', slack?.identity, 'Set SLACK_BOT_TOKEN to write to people there.'),
    line('GitHub', github?.identity, 'Set GITHUB_TOKEN to take a deployed change back or to redeploy.'),
    line('Intercom', intercom?.identity, 'Set INTERCOM_TOKEN to reply and to assign conversations.'),
    line('HubSpot', hubspot?.identity, 'Set HUBSPOT_TOKEN to create tasks.'),
    model
      ? { name: 'Language model', connected: true, detail: OPENAI_MODEL }
      : {
          name: 'Language model',
          connected: false,
          detail: 'Emails are in our own words. Set OPENAI_API_KEY or OPENAI_BASE_URL to have them worded.',
        },
  ];
}

/** A token that the provider refuses connects nothing, and its line says so. */
function line(name: string, identity: Identity | undefined, otherwise: string): Connection {
  if (identity === undefined) return { name, connected: false, detail: otherwise };
  return { name, connected: identity.connection() !== null, detail: identity.detail() };
}
