/** The HTTP side with a Slack workspace behind it, and people who click there. */
import { createHmac } from 'node:crypto';

import type { Role } from '../../domain/app.ts';
import type { SlackMessage, TestSlack } from '../../scripts/testing/slack.ts';
import { slack_token, startSlack } from '../../scripts/testing/slack.ts';
import { until } from '../../scripts/testing/wait.ts';
import { startTestServer, type TestServer } from '../testing.ts';

export const signing_secret = 'a signing secret for tests';
export const team_id = 'T0TEST';

export interface Sent {
  status: number;
  text: string;
  // Tests look into answers member by member; each expectation is the check.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

/** A button of a message as it stands in Slack. */
export interface Block {
  type: string;
  block_id?: string;
  text?: { type: string; text: string };
  fields?: { type: string; text: string }[];
  elements?: {
    type: string;
    action_id?: string;
    text?: { text: string } | string;
    value?: string;
    url?: string;
    placeholder?: { text: string };
  }[];
}

export type SlackServer = Awaited<ReturnType<typeof startSlackServer>>;

export async function startSlackServer(variables: Record<string, string> = {}) {
  const slack = await startSlack();
  const server = await startTestServer({
    SLACK_SIGNING_SECRET: signing_secret,
    SLACK_BOT_TOKEN: slack_token,
    SLACK_API_URL: slack.url,
    PUBLIC_URL: 'https://ops.example.com',
    UNDO_SECONDS: '600',
    ...variables,
  });
  return { slack, server, signing_secret, ...slackSide(slack, server), close: () => Promise.all([server.close(), slack.close()]) };
}

export function signed(body: string, { secret = signing_secret, at = new Date() } = {}): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1_000);
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(timestamp), 'x-slack-signature': `v0=${signature}` };
}

function slackSide(slack: TestSlack, server: TestServer) {
  async function post(form: Record<string, string>, options: { headers?: Record<string, string>; path?: string } = {}): Promise<Sent> {
    const body = new URLSearchParams(form).toString();
    const response = await fetch(`${server.origin}${options.path ?? '/slack/events'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(options.headers ?? signed(body)) },
      body,
    });
    const text = await response.text();
    return { status: response.status, text, json: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined };
  }

  const command = (slack_user_id: string, text: string, more: Record<string, string> = {}) =>
    post({
      command: '/execops',
      team_id,
      user_id: slack_user_id,
      channel_id: `D${slack_user_id}`,
      text,
      response_url: slack.response_url,
      ...more,
    });

  /** Signs a member in on the web, and links a Slack user to them by a code. */
  async function link(slack_user_id: string, role: Role | 'first owner' = 'first owner'): Promise<{ cookie: string; user_id: string }> {
    if (!slack.users.some(({ id }) => id === slack_user_id))
      slack.users.push({ id: slack_user_id, email: `${slack_user_id.toLowerCase()}@example.com`, name: slack_user_id });
    const cookie = role === 'first owner' ? await server.signIn() : await server.member(role);
    const { json } = await server.call('POST', '/api/slack/link-code', { as: cookie, headers: { origin: 'https://ops.example.com' } });
    await command(slack_user_id, `link ${json.code}`);
    const [row] = await server.db.sql<{ user_id: string }>`select user_id from slack_links where slack_user_id = ${slack_user_id}`;
    if (row === undefined) throw new Error(`${slack_user_id} was not linked`);
    return { cookie, user_id: row.user_id };
  }

  /** The card of a proposal as this Slack user has it, once it is there. */
  function cardOf(slack_user_id: string, title: string): Promise<SlackMessage> {
    return until(`${slack_user_id} has the card "${title}"`, () =>
      slack.messages.find(
        ({ channel, form }) => channel === `D${slack_user_id}` && form.thread_ts === undefined && form.blocks?.includes(title),
      ),
    );
  }

  /** A click on what a message shows, by whoever. */
  function click(slack_user_id: string, action: object, options: ClickOptions = {}): Promise<Sent> {
    const { message, headers, path, ...more } = options;
    return post(
      {
        payload: JSON.stringify({
          type: 'block_actions',
          user: { id: slack_user_id, team_id },
          team: { id: team_id, domain: 'example' },
          trigger_id: '1.2.abc',
          response_url: slack.response_url,
          container: { type: 'message', message_ts: message?.ts, channel_id: message?.channel, is_ephemeral: false },
          channel: { id: message?.channel ?? `D${slack_user_id}` },
          actions: [action],
          ...more,
        }),
      },
      { headers, path },
    );
  }

  function submit(slack_user_id: string, window: string, values: object): Promise<Sent> {
    const view = JSON.parse(window);
    return post({
      payload: JSON.stringify({
        type: 'view_submission',
        user: { id: slack_user_id, team_id },
        team: { id: team_id },
        view: { ...view, id: 'V1', state: { values } },
      }),
    });
  }

  return { post, command, link, cardOf, click, submit };
}

interface ClickOptions {
  message?: SlackMessage;
  headers?: Record<string, string>;
  path?: string;
  team?: object;
  user?: object;
  container?: object;
}

export function blocksOf({ form }: SlackMessage): Block[] {
  return JSON.parse(form.blocks ?? '[]');
}

/** What the message's row of buttons offers, in its order. */
export function buttonsOf(message: SlackMessage): NonNullable<Block['elements']> {
  return blocksOf(message).find(({ type }) => type === 'actions')?.elements ?? [];
}

export function buttonNamed(message: SlackMessage, action_id: string): { action_id: string; value?: string; block_id?: string } {
  const row = blocksOf(message).find(({ type }) => type === 'actions');
  const button = row?.elements?.find((element) => element.action_id === action_id);
  if (button === undefined) throw new Error(`the message has no ${action_id}`);
  return {
    action_id,
    ...(button.value !== undefined && { value: button.value }),
    ...(row?.block_id !== undefined && { block_id: row.block_id }),
  };
}
