/** A few conversations that answer as Intercom's REST API does. */
import { startPeer, type Peer, type PeerAnswer, type PeerRequest } from './peer.ts';

export const intercom_token = 'intercom-test';

interface Part {
  id: string;
  part_type: string;
  body: string | null;
  created_at: number;
  author: { type: string; id: string };
}

export interface TestConversation {
  id: string;
  admin_assignee_id: number | null;
  parts: Part[];
  /** Parts that are there and not listed, as with very long conversations. */
  hidden: number;
}

export interface TestIntercom extends Peer {
  conversations: Map<string, TestConversation>;
}

export async function startIntercom(): Promise<TestIntercom> {
  const conversations = new Map<string, TestConversation>();
  const admins = [
    { id: '814860', name: 'Ops', email: 'ops@example.com' },
    { id: '900', name: 'Sena Senior', email: 'senior@example.com' },
  ];
  const isAdmin = (id: string | undefined) => id === '0' || admins.some((admin) => admin.id === id);
  const no = (status: number, code: string): PeerAnswer => ({
    status,
    body: { type: 'error.list', request_id: 'r1', errors: [{ code, message: 'Somebody wrote this' }] },
  });
  const shown = ({ id, admin_assignee_id, parts, hidden }: TestConversation): PeerAnswer => ({
    status: 200,
    body: {
      type: 'conversation',
      id,
      admin_assignee_id,
      team_assignee_id: null,
      conversation_parts: { type: 'conversation_part.list', conversation_parts: parts, total_count: parts.length + hidden },
    },
  });

  function change(conversation: TestConversation, text: string): PeerAnswer {
    const body = JSON.parse(text) as { message_type: string; type: string; admin_id: string; body?: string; assignee_id?: string };
    if (!isAdmin(body.admin_id)) return no(404, 'admin_not_found');
    const { parts } = conversation;
    const author = { type: 'admin', id: body.admin_id };
    const created_at = Math.floor(Date.now() / 1_000);
    if (body.message_type === 'assignment') {
      if (!isAdmin(body.assignee_id)) return no(404, 'assignee_not_found');
      conversation.admin_assignee_id = body.assignee_id === '0' ? null : Number(body.assignee_id);
      parts.push({ id: String(parts.length), part_type: 'assignment', body: null, created_at, author });
    } else {
      // Intercom wraps what it is given, and turns line breaks into paragraphs.
      const html = `<p class="no-margin">${(body.body ?? '').split('<br>').join('</p>\n<p class="no-margin">')}</p>`;
      parts.push({ id: String(parts.length), part_type: 'comment', body: html, created_at, author });
    }
    return shown(conversation);
  }

  function answer({ method, path, headers, text }: PeerRequest): PeerAnswer {
    if (headers.authorization !== `Bearer ${intercom_token}`) return no(401, 'unauthorized');
    if (path === '/me') return { status: 200, body: { type: 'admin', id: '814860', email: 'ops@example.com', app: { id_code: 'ws1' } } };
    if (path === '/admins') {
      const listed = admins.map((admin) => ({ type: 'admin', ...admin, has_inbox_seat: true, away_mode_enabled: false }));
      return { status: 200, body: { type: 'admin.list', admins: listed } };
    }
    const [, id = '', verb] = /^\/conversations\/([\w-]+)(?:\/(reply|parts))?$/.exec(path) ?? [];
    const conversation = conversations.get(id);
    if (conversation === undefined) return no(404, 'not_found');
    if (method === 'GET' && verb === undefined) return shown(conversation);
    return method === 'POST' && verb !== undefined ? change(conversation, text) : no(404, 'not_found');
  }

  return Object.assign(await startPeer(answer), { conversations });
}
