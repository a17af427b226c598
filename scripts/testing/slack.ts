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
}

export interface SlackMessage {
  channel: string;
  text: string;
  ts: string;
  metadata: unknown;
  form: { [name: string]: string };
}

export interface TestSlack extends Peer {
  users: SlackUser[];
  messages: SlackMessage[];
  /** Scopes that the app lacks: their methods answer missing_scope. */
  missing_scopes: Set<'im:history' | 'users:read.email' | 'chat:write'>;
}

export async function startSlack(port?: number): Promise<TestSlack> {
  const users: SlackUser[] = [{ id: 'U0ANA', email: 'ana@example.com', name: 'Ana Marin' }];
  const messages: SlackMessage[] = [];
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
      };
      messages.push(message);
      return ok({ channel: message.channel, ts: message.ts, message: { text: message.text } });
    },
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
    const method = methods[path.replace(/^\//, '')];
    if (headers.authorization !== `Bearer ${slack_token}`) return no('invalid_auth');
    return method === undefined ? no('unknown_method') : method(Object.fromEntries(new URLSearchParams(text)));
  }
  return Object.assign(peer, { users, messages, missing_scopes });
}
