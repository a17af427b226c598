/** The providers whose token is one read away from being known to work. */
import type { Environment } from '../../domain/environment.ts';
import type { Answer, Asker } from './asking.ts';
import { failed, odd, off, ok, sentenceOf, type Finding } from './finding.ts';

interface Read {
  name: string;
  variable: string;
  token: string | undefined;
  url: string;
  headers?: Record<string, string>;
  without: string;
  /** What a good answer says further. */
  judge?(answer: Answer): Finding | null;
}

export function providerChecks(environment: Environment, { ask }: Asker): { name: string; check: () => Promise<Finding> }[] {
  return readsOf(environment).map((read) => ({ name: read.name, check: () => examine(read, ask) }));
}

function readsOf(environment: Environment): Read[] {
  const at = (base: string | undefined, standard: string, path: string) => `${base ?? standard}${path}`;
  return [
    {
      name: 'Stripe',
      variable: 'STRIPE_API_KEY',
      token: environment.STRIPE_API_KEY,
      url: at(environment.STRIPE_API_BASE, 'https://api.stripe.com', '/v1/balance'),
      without: 'facts come from webhooks only.',
    },
    {
      name: 'GitHub',
      variable: 'GITHUB_TOKEN',
      token: environment.GITHUB_TOKEN,
      url: at(environment.GITHUB_API_URL, 'https://api.github.com', '/rate_limit'),
      headers: { 'x-github-api-version': '2022-11-28', 'user-agent': 'execops-doctor' },
      without: 'no rollback can be proposed.',
      judge: judgeGithub,
    },
    {
      name: 'Intercom',
      variable: 'INTERCOM_TOKEN',
      token: environment.INTERCOM_TOKEN,
      url: at(environment.INTERCOM_API_URL, 'https://api.intercom.io', '/me'),
      without: 'no reply and no assignment can be proposed.',
    },
    {
      name: 'HubSpot',
      variable: 'HUBSPOT_TOKEN',
      token: environment.HUBSPOT_TOKEN,
      url: at(environment.HUBSPOT_API_URL, 'https://api.hubapi.com', '/account-info/v3/details'),
      without: 'no task can be proposed.',
    },
  ];
}

async function examine({ name, variable, token, url, headers, without, judge }: Read, ask: Asker['ask']): Promise<Finding> {
  if (token === undefined) return off(name, `${variable} is not set: ${without}`);
  const { host } = new URL(url);
  const answer = await ask(url, { headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...headers } }).catch(
    (error: unknown) => {
      throw new Error(`${host} cannot be reached: ${sentenceOf(error)}`);
    },
  );
  if (answer.status === 401) return failed(name, `${host} does not know the token in ${variable}. Make a new one.`);
  if (answer.status === 403)
    return failed(
      name,
      `${host} knows the token in ${variable} and lets it do too little (403). Give it the rights that docs/connect.md names.`,
    );
  if (answer.status !== 200) return failed(name, `${host} answers ${answer.status} to a simple read. Is the address right?`);
  return judge?.(answer) ?? ok(name, `${host} knows the token.`);
}

/** Classic tokens name their scopes in a header; fine-grained ones do not. */
function judgeGithub({ headers }: Answer): Finding | null {
  const scopes = headers
    .get('x-oauth-scopes')
    ?.split(/,\s*/)
    .filter((scope) => scope !== '');
  if (scopes === undefined) return null;
  return scopes.includes('repo') || scopes.includes('public_repo')
    ? ok('GitHub', `The token is known, with the scopes ${scopes.join(', ')}.`)
    : failed(
        'GitHub',
        `The token lacks the scope repo (it has ${scopes.join(', ') || 'none'}), so pull requests and workflows cannot be started.`,
      );
}

export async function examineModel(environment: Environment, { ask }: Asker): Promise<Finding> {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: base = 'https://api.openai.com/v1', OPENAI_MODEL: model } = environment;
  const name = 'Language model';
  if (key === undefined && environment.OPENAI_BASE_URL === undefined)
    return off(name, 'OPENAI_API_KEY and OPENAI_BASE_URL are not set: rules word the drafts.');
  const { host } = new URL(base);
  const headers = { ...(key !== undefined && { authorization: `Bearer ${key}` }), 'content-type': 'application/json' };
  const listed = await ask(`${base}/models`, { headers });
  if (listed.status === 401 || listed.status === 403) return failed(name, `${host} refused the key in OPENAI_API_KEY (${listed.status}).`);
  const models = modelsIn(listed.json);
  if (listed.status === 200 && models.length > 0)
    return models.includes(model)
      ? ok(name, `${host} offers ${model}.`)
      : odd(name, `${host} answers, but does not list ${model}. Check OPENAI_MODEL.`);
  // Some servers list nothing; then one word tells.
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Say ok.' }], max_completion_tokens: 16 });
  const said = await ask(`${base}/chat/completions`, { method: 'POST', headers, body });
  return said.status === 200
    ? ok(name, `${host} answers as ${model}.`)
    : failed(name, `${host} answers ${said.status} to a question to ${model}.`);
}

function modelsIn(json: unknown): string[] {
  const data = typeof json === 'object' && json !== null && 'data' in json ? json.data : null;
  if (!Array.isArray(data)) return [];
  return data.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? [entry.id] : [],
  );
}
