/** Asks each connected provider something that changes nothing, so that a person sees whether its token works. */
import { createTransport } from 'nodemailer';

import type { AccountsEnvironment } from './accounts.ts';
import type { ConnectionsEnvironment } from './connections.ts';
import { fetchWithin, NoAnswer } from './http.ts';

/** What came of it, in a sentence that names no secret. */
export interface TrialOutcome {
  ok: boolean;
  detail: string;
}
export type Trials = Map<string, () => Promise<TrialOutcome>>;

const trial_ms_max = 8_000;

/** By the names under which connections are listed; what is not configured has none. */
export function trialsOf(environment: AccountsEnvironment & ConnectionsEnvironment): Trials {
  const { SMTP_URL } = environment;
  const reads = readsOf(environment).flatMap(({ name, token, ...read }): [string, () => Promise<TrialOutcome>][] =>
    token === null ? [] : [[name, () => tryRead({ ...read, token })]],
  );
  return new Map([...(SMTP_URL === undefined ? [] : [['Email', () => tryMail(SMTP_URL)] as const]), ...reads]);
}

interface Read {
  url: string;
  token: string;
  headers?: { [name: string]: string };
}

function readsOf(
  environment: AccountsEnvironment & ConnectionsEnvironment,
): (Omit<Read, 'token'> & { name: string; token: string | null })[] {
  const { OPENAI_API_KEY, OPENAI_BASE_URL = OPENAI_API_KEY === undefined ? undefined : 'https://api.openai.com/v1' } = environment;
  const at = (base: string | undefined, standard: string, path: string) => `${base ?? standard}${path}`;
  return [
    {
      name: 'Stripe',
      token: environment.STRIPE_API_KEY ?? null,
      url: at(environment.STRIPE_API_BASE, 'https://api.stripe.com', '/v1/balance'),
    },
    {
      name: 'Slack',
      token: environment.SLACK_BOT_TOKEN ?? null,
      url: at(environment.SLACK_API_URL, 'https://slack.com/api', '/auth.test'),
    },
    {
      name: 'GitHub',
      token: environment.GITHUB_TOKEN ?? null,
      url: at(environment.GITHUB_API_URL, 'https://api.github.com', '/rate_limit'),
      headers: { 'x-github-api-version': '2022-11-28', 'user-agent': 'execops' },
    },
    {
      name: 'Intercom',
      token: environment.INTERCOM_TOKEN ?? null,
      url: at(environment.INTERCOM_API_URL, 'https://api.intercom.io', '/me'),
    },
    {
      name: 'HubSpot',
      token: environment.HUBSPOT_TOKEN ?? null,
      url: at(environment.HUBSPOT_API_URL, 'https://api.hubapi.com', '/account-info/v3/details'),
    },
    {
      name: 'Language model',
      // A server of one's own may ask for no key.
      token: OPENAI_BASE_URL === undefined ? null : (OPENAI_API_KEY ?? 'none'),
      url: at(OPENAI_BASE_URL, '', '/models'),
    },
  ];
}

async function tryRead({ url, token, headers }: Read): Promise<TrialOutcome> {
  const { host } = new URL(url);
  try {
    const answer = await fetchWithin(url, trial_ms_max)(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...headers },
    });
    if (answer.status === 401) return { ok: false, detail: `${host} does not know the token. Make a new one.` };
    if (answer.status === 403) return { ok: false, detail: `${host} knows the token and lets it do too little.` };
    if (!answer.ok) return { ok: false, detail: `${host} answers ${answer.status} to a simple read.` };
    // Slack says with 200 that it refuses.
    const refusal = slackRefusal(await answer.text());
    return refusal === null
      ? { ok: true, detail: `${host} answers, and knows the token.` }
      : { ok: false, detail: `${host} refuses: ${refusal}.` };
  } catch (error) {
    if (error instanceof NoAnswer) return { ok: false, detail: `${host} could not be reached: ${error.reason}.` };
    throw error;
  }
}

function slackRefusal(text: string): string | null {
  const [, reason] = /^\s*\{[^{}]*"ok"\s*:\s*false[^{}]*"error"\s*:\s*"([a-z_]{1,60})"/.exec(text) ?? [];
  return reason ?? null;
}

/** Connects and signs in; sends nothing. */
async function tryMail(smtp_url: string): Promise<TrialOutcome> {
  const { hostname } = new URL(smtp_url);
  const transport = createTransport({
    url: smtp_url,
    connectionTimeout: trial_ms_max,
    greetingTimeout: trial_ms_max,
    socketTimeout: trial_ms_max,
  });
  try {
    await transport.verify();
    return { ok: true, detail: `${hostname} takes mail from us.` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no reason given';
    return {
      ok: false,
      detail: code === 'EAUTH' ? `${hostname} refused the user name or password.` : `${hostname} could not be used (${code}).`,
    };
  } finally {
    transport.close();
  }
}
