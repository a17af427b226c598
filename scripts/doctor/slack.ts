/** Why a button in Slack is dead: token, scopes, signing secret, reachability, and who is linked. */
import { createHmac } from 'node:crypto';

import { publicUrlOf, type Environment } from '../../domain/environment.ts';
import { isTokenError } from '../../providers/slack/client.ts';
import type { Answer, Asker } from './asking.ts';
import { failed, odd, off, ok, sentenceOf, type Finding } from './finding.ts';
import { databaseUrlOf, withDatabase } from './postgres.ts';

export const needed_scopes = ['chat:write', 'im:write', 'im:history', 'users:read', 'users:read.email', 'commands'] as const;

export async function examineToken(environment: Environment, { ask }: Asker): Promise<Finding[]> {
  const { SLACK_BOT_TOKEN: token, SLACK_API_URL: api_url = 'https://slack.com/api' } = environment;
  if (token === undefined) return [off('Slack', 'SLACK_BOT_TOKEN is not set: no cards go out as direct messages.')];
  const { host } = new URL(api_url);
  const answer = await ask(`${api_url}/auth.test`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }).catch(
    (error: unknown) => {
      throw new Error(`${host} cannot be reached: ${sentenceOf(error)}`);
    },
  );
  const { ok: known, error, team, team_id } = membersOf(answer.json);
  if (known === true)
    return [
      ok('Slack', `The bot is in the workspace ${typeof team === 'string' ? team : '(without a name)'}.`),
      examineScopes(answer),
      await examineLinks(environment, typeof team_id === 'string' ? team_id : null),
    ];
  return [
    typeof error === 'string' && isTokenError(error)
      ? failed('Slack', `${host} does not accept SLACK_BOT_TOKEN (${error}). Reinstall the app to the workspace and copy its bot token.`)
      : failed(
          'Slack',
          `${host} cannot say whether it accepts SLACK_BOT_TOKEN (${typeof error === 'string' ? error : answer.status}). Try again later.`,
        ),
  ];
}

function examineScopes({ headers }: Answer): Finding {
  const name = 'Slack scopes';
  const granted = headers.get('x-oauth-scopes')?.split(/,\s*/);
  if (granted === undefined) return odd(name, `Slack did not say which it granted. Needed: ${needed_scopes.join(', ')}.`);
  const missing = needed_scopes.filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return ok(name, 'All that are needed are granted.');
  return failed(name, `Missing: ${missing.join(', ')}. Add them under "OAuth & Permissions" and reinstall the app.`);
}

/** Posts to our own address what Slack would post, signed well and signed wrongly. */
export async function examineSigning(environment: Environment, { ask }: Asker): Promise<Finding[]> {
  const { SLACK_SIGNING_SECRET: secret, SLACK_BOT_TOKEN: token, PUBLIC_URL } = environment;
  const name = 'Slack signature';
  if (secret === undefined) {
    return token === undefined
      ? [off(name, 'SLACK_SIGNING_SECRET is not set: nothing from Slack is accepted.')]
      : [failed(name, 'SLACK_SIGNING_SECRET is not set, so every button is dead. Copy it from "Basic Information" of the app.')];
  }
  const url = `${publicUrlOf(environment)}/slack/events`;
  const post = (body: string, media_type: string, by: string) =>
    ask(url, { method: 'POST', headers: { 'content-type': media_type, ...signed(body, by) }, body }).catch((error: unknown) => {
      throw new Error(`${url} cannot be reached from here: ${sentenceOf(error)}. Slack has to reach it too.`);
    });
  const challenge = 'execops-doctor';
  const event = await post(JSON.stringify({ type: 'url_verification', challenge }), 'application/json', secret);
  const click = await post('ssl_check=1', form, secret);
  const forged = await post('ssl_check=1', form, `${secret}?`);
  const where = `${url} is what Slack must have as Request URL: under "Interactivity & Shortcuts" and for /execops under "Slash Commands". Slack does not tell us what it has; compare.`;
  return [
    judgeSigning(name, url, event, click, forged, challenge),
    PUBLIC_URL === undefined
      ? odd('Slack addresses', `PUBLIC_URL is not set, and Slack cannot reach ${url}.`)
      : ok('Slack addresses', where),
  ];
}

const form = 'application/x-www-form-urlencoded';

function judgeSigning(name: string, url: string, event: Answer, click: Answer, forged: Answer, challenge: string): Finding {
  if (click.status === 401 || event.status === 401)
    return failed(
      name,
      `${url} refuses what SLACK_SIGNING_SECRET signs: the running web process has another secret, or its clock is off. Start it again with this one.`,
    );
  if (click.status !== 200)
    return failed(name, `${url} answers ${click.status} to a signed click instead of 200. Does a proxy change bodies or headers?`);
  if (event.status !== 200 || membersOf(event.json).challenge !== challenge)
    return failed(name, `${url} answers ${event.status} to Slack's url_verification. Does a proxy change bodies or headers?`);
  if (forged.status !== 401)
    return failed(name, `${url} answers ${forged.status} to a forged signature instead of 401. It is not ExecOps that answers.`);
  return ok(name, 'Signed clicks and events are accepted, forged ones are refused.');
}

function signed(body: string, secret: string): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(timestamp), 'x-slack-signature': `v0=${signature}` };
}

/** Who gets cards: those who are linked in the bot's own workspace, and on an approver list. */
async function examineLinks(environment: Environment, team_id: string | null): Promise<Finding> {
  const name = 'Slack members';
  const url = databaseUrlOf(environment);
  if (url === null) return off(name, 'The database does not run, so nobody can be looked for.');
  return withDatabase(url, async (client) => {
    const { rows } = await client.query<{ linked: number; elsewhere: number; deciding: number }>(
      `select count(*) filter (where l.team_id = $1)::int as linked, count(*) filter (where l.team_id <> $1)::int as elsewhere,
        count(*) filter (where l.team_id = $1 and m.role <> 'viewer' and exists (
          select from approvers a where a.org_id = l.org_id and a.user_id = l.user_id))::int as deciding
      from slack_links l join members m on m.org_id = l.org_id and m.user_id = l.user_id`,
      [team_id],
    );
    const { linked = 0, elsewhere = 0, deciding = 0 } = rows[0] ?? {};
    if (elsewhere > 0)
      return failed(
        name,
        `${elsewhere} linked in another workspace than the bot's, so their buttons are dead: take the bot token of theirs, or let them unlink on the web and link anew.`,
      );
    if (linked === 0)
      return odd(
        name,
        'Nobody is linked, so nobody gets cards: make a code under your name on the web, and enter /execops link CODE in Slack.',
      );
    if (deciding === 0) return odd(name, `${linked} linked, but none of them is on an approver list.`);
    return ok(name, `${linked} linked, ${deciding} of them on an approver list.`);
  }).catch((error: unknown) => failed(name, `Who is linked cannot be read: ${sentenceOf(error)}`));
}

function membersOf(json: unknown): { [key: string]: unknown } {
  return typeof json === 'object' && json !== null ? { ...json } : {};
}
