/** What Intercom's API adds to the stored events. A slow or broken Intercom costs a draft at most `read_ms_max`. */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import { fetchWithin, NoAnswer } from '../http.ts';
import { flag, maybe, required_id, text } from '../tolerant.ts';
import { intercom_version } from './client.ts';
import { readConversation, readTicket } from './shapes.ts';

const read_ms_max = 3_000;

export type ThreadKind = 'conversation' | 'ticket';

export interface IntercomQuestion {
  threads: readonly { kind: ThreadKind; id: string }[];
}

/** A conversation or a ticket as it is now. */
export interface IntercomThread {
  kind: ThreadKind;
  id: string;
  /** `closed` or `resolved`; null while somebody has to do something about it. */
  over: string | null;
  admin_assignee_id: string | null;
}

/** Somebody on our side. */
export interface IntercomAdmin {
  id: string;
  name: string | null;
  email: string | null;
  title: string | null;
  has_inbox_seat: boolean;
  away: boolean;
}

export interface IntercomReading {
  /** Those that Intercom knows: where it says there is no such thing, the signed events stand, which tell of a deletion too. */
  threads: IntercomThread[];
  admins: IntercomAdmin[];
  /** Why some of it could not be read, in a few words; null when all of it was. */
  unreadable: string | null;
}

export type IntercomReader = (question: IntercomQuestion) => Promise<IntercomReading>;

export function createIntercomReader({ base_url, token }: { base_url: string; token: string }, budget_ms = read_ms_max): IntercomReader {
  const fetchFrom = fetchWithin(base_url, budget_ms);
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'intercom-version': intercom_version };

  /** Null when it knows no such thing. */
  async function read(path: string): Promise<Json> {
    const response = await fetchFrom(`${base_url.replace(/\/+$/, '')}${path}`, { headers });
    if (response.status === 404) return null;
    if (response.status === 401 || response.status === 403) throw new Unreadable('it refused the access token');
    if (!response.ok) throw new Unreadable(`it answered ${response.status}`);
    return (await response.json().catch(() => {
      throw new Unreadable('its answer could not be understood');
    })) as Json;
  }

  return async ({ threads }) => {
    const [admins, ...states] = await Promise.all([
      settled(read('/admins').then(adminsOf)),
      ...threads.map((thread) =>
        settled(
          read(`/${thread.kind}s/${encodeURIComponent(thread.id)}`).then((found) => (found === null ? null : threadOf(thread, found))),
        ),
      ),
    ]);
    return {
      threads: states.flatMap(({ value }) => value ?? []),
      admins: admins.value ?? [],
      unreadable: [admins, ...states].find(({ unreadable }) => unreadable !== null)?.unreadable ?? null,
    };
  };
}

class Unreadable extends Error {
  override name = 'Unreadable';
}

async function settled<T>(read: Promise<T>): Promise<{ value: T | null; unreadable: string | null }> {
  try {
    return { value: await read, unreadable: null };
  } catch (error) {
    if (error instanceof NoAnswer) return { value: null, unreadable: error.reason };
    if (error instanceof Unreadable) return { value: null, unreadable: error.message };
    throw error;
  }
}

const admin_list = z.object({
  admins: z.array(
    maybe(
      z.object({ type: text, id: required_id, name: text, email: text, job_title: text, has_inbox_seat: flag, away_mode_enabled: flag }),
    ),
  ),
});

/** Teams stand in the same list in older versions, and are nobody. */
function adminsOf(found: Json): IntercomAdmin[] {
  if (found === null) return [];
  const list = admin_list.safeParse(found).data;
  if (list === undefined) throw new Unreadable('its answer could not be understood');
  return list.admins.flatMap((admin) =>
    admin === null || admin.type === 'team'
      ? []
      : [
          {
            id: admin.id,
            name: admin.name,
            email: admin.email,
            title: admin.job_title,
            has_inbox_seat: admin.has_inbox_seat ?? true,
            away: admin.away_mode_enabled ?? false,
          },
        ],
  );
}

function threadOf({ kind, id }: { kind: ThreadKind; id: string }, found: Json): IntercomThread {
  const notified = { topic: `${kind}.read`, data: { item: found } };
  const thread = kind === 'conversation' ? readConversation(notified) : readTicket(notified);
  if (thread === null || thread.id !== id) throw new Unreadable('its answer could not be understood');
  const resolved = 'resolved' in thread ? thread.resolved : false;
  return {
    kind,
    id,
    over: resolved ? 'resolved' : thread.state === 'closed' ? 'closed' : null,
    admin_assignee_id: thread.admin_assignee_id,
  };
}
