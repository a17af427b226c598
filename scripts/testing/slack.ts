/** A small workspace that answers as Slack's Web API does: 200 with `ok`, one word for each error. */
import { startPeer, type Peer, type PeerAnswer, type PeerRequest } from './peer.ts';

export const slack_token = 'xoxb-test';

interface SlackUser {
  id: string;
  email: string;
  name: string;
  deleted?: boolean;
  is_bot?: boolean;
  is_restricted?: boolean;
  is_ultra_restricted?: boolean;
  is_stranger?: boolean;
}

export interface SlackMessage {
  channel: string;
  text: string;
  ts: string;
  metadata: unknown;
  form: { [name: string]: string };
  /** How often it was changed in its place. */
  updates: number;
}

export interface TestSlack extends Peer {
  users: SlackUser[];
  /** As they stand there now, oldest first. */
  messages: SlackMessage[];
  /** Windows that were opened, as JSON. */
  windows: string[];
  /** What was posted to the response_url, oldest first. */
  replies: { [name: string]: unknown }[];
  response_url: string;
  /** Scopes that the app lacks: their methods answer missing_scope. */
  missing_scopes: Set<'im:history' | 'users:read' | 'users:read.email' | 'chat:write'>;
}

export async function startSlack(port?: number): Promise<TestSlack> {
  const users: SlackUser[] = [{ id: 'U0ANA', email: 'ana@example.com', name: 'Ana Marin' }];
  const messages: SlackMessage[] = [];
  const windows: string[] = [];
  const replies: TestSlack['replies'] = [];
  const missing_scopes: TestSlack['missing_scopes'] = new Set();
  let last_ts = 0;

  const ok = (body: object = {}): PeerAnswer => ({ status: 200, body: { ok: true, ...body } });
  const no = (error: string): PeerAnswer => ({ status: 200, body: { ok: false, error } });

  const methods: Record<string, (form: { [name: string]: string }) => PeerAnswer> = {
    'auth.test': () => ok({ team_id: 'T0TEST', team: 'Example', user_id: 'U0BOT', bot_id: 'B0BOT', url: 'https://example.slack.com/' }),
    'users.lookupByEmail': ({ email }) => {
      if (missing_scopes.has('users:read.email')) return no('missing_scope');
      const user = users.find((one) => one.email === email?.toLowerCase());
      return user === undefined
        ? no('users_not_found')
        : ok({ user: { ...user, real_name: user.name, profile: { real_name: user.name } } });
    },
    'conversations.open': ({ users: id }) =>
      users.some((user) => user.id === id) ? ok({ channel: { id: `D${id}` } }) : no('user_not_found'),
    'chat.postMessage': (form) => {
      if (missing_scopes.has('chat:write')) return no('missing_scope');
      // Slack's own are unique within a channel and grow.
      last_ts = Math.max(last_ts + 0.000_001, Date.now() / 1_000);
      const message = {
        channel: form.channel ?? '',
        text: form.text ?? '',
        ts: last_ts.toFixed(6),
        metadata: JSON.parse(form.metadata ?? 'null') as unknown,
        form,
        updates: 0,
      };
      messages.push(message);
      return ok({ channel: message.channel, ts: message.ts, message: { text: message.text } });
    },
    'chat.update': (form) => {
      const message = messages.find(({ channel, ts }) => channel === form.channel && ts === form.ts);
      if (message === undefined) return no('message_not_found');
      Object.assign(message, { text: form.text ?? message.text, form: { ...message.form, ...form }, updates: message.updates + 1 });
      return ok({ channel: message.channel, ts: message.ts, text: message.text });
    },
    'chat.postEphemeral': (form) => {
      replies.push({ response_type: 'ephemeral', ...form });
      return ok({ message_ts: '1.000001' });
    },
    'views.open': ({ view = '', trigger_id }) => {
      if (trigger_id === undefined) return no('invalid_trigger_id');
      windows.push(view);
      return ok({ view: { id: `V${windows.length}` } });
    },
    'users.info': ({ user: id }) => {
      if (missing_scopes.has('users:read')) return no('missing_scope');
      const user = users.find((one) => one.id === id);
      return user === undefined ? no('user_not_found') : ok({ user: { ...user, team_id: 'T0TEST' } });
    },
    'conversations.replies': ({ channel, ts }) =>
      ok({ messages: messages.filter((message) => message.channel === channel && (message.ts === ts || message.form.thread_ts === ts)) }),
    'conversations.history': ({ channel, oldest = '0', limit = '100', cursor = '0', include_all_metadata }) => {
      if (missing_scopes.has('im:history')) return no('missing_scope');
      const found = messages.filter((message) => message.channel === channel && Number(message.ts) > Number(oldest)).reverse();
      const [from, size] = [Number(cursor), Number(limit)];
      const page = found.slice(from, from + size).map(({ ts, text, metadata }) => ({
        type: 'message',
        ts,
        text,
        ...(include_all_metadata === 'true' ? { metadata } : {}),
      }));
      const more = found.length > from + size;
      return ok({ messages: page, has_more: more, ...(more ? { response_metadata: { next_cursor: String(from + size) } } : {}) });
    },
  };

  const peer = await startPeer((request) => answer(request), port);
  function answer({ path, headers, text }: PeerRequest): PeerAnswer {
    if (path === '/reply') {
      replies.push(JSON.parse(text));
      return ok();
    }
    const method = methods[path.replace(/^\//, '')];
    if (headers.authorization !== `Bearer ${slack_token}`) return no('invalid_auth');
    return method === undefined ? no('unknown_method') : method(Object.fromEntries(new URLSearchParams(text)));
  }
  return Object.assign(peer, { users, messages, windows, replies, response_url: `${peer.url}/reply`, missing_scopes });
}
