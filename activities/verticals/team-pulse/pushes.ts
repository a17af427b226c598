/** Reads the stored pushes of an organisation within the two windows, switched-off and ignored ones included. */
import { z } from 'zod';

import type { Json } from '../../../domain/text.ts';
import type { Database } from '../../../prisma/database.ts';
import { isBot } from '../../../providers/github/shapes.ts';
import { flag, instant, maybe, text } from '../../../providers/tolerant.ts';
import { day_ms } from './working-days.ts';

/** Feelings come early in a message. */
const message_chars_max = 500;

export interface StoredPush {
  /** The GitHub organisation or account, in lower case. */
  organisation: string;
  at: Date;
  /** Who pushed. */
  sender: { login: string; bot: boolean } | null;
  commits: StoredCommit[];
}

export interface StoredCommit {
  sha: string;
  /** Null when GitHub knows nobody with the author's address. */
  login: string | null;
  email: string | null;
  bot: boolean;
  /** By the commit's own clock, and no later than its push. */
  at: Date;
  message: string;
}

export interface Pushes {
  /** The time of the organisation's newest push, or of the event where that is later: late deliveries change no window. */
  until: Date;
  pushes: StoredPush[];
}

interface PushRow {
  until: Date;
  subject: string | null;
  at: Date | null;
  sender: Json;
  commits: Json[] | null;
}

export async function readPushes(
  db: Pick<Database, 'sql'>,
  { org_id, organisation, event_at, window_days }: { org_id: string; organisation: string; event_at: Date; window_days: number },
): Promise<Pushes> {
  const rows = await db.sql<PushRow>`
    with newest as (
      select greatest(${event_at}::timestamptz, max(occurred_at)) as until from events
      where org_id = ${org_id} and source = 'github' and type = 'push' and starts_with(subject, ${`github:repository:${organisation}/`})
    )
    select until, subject, occurred_at as at, payload_json -> 'sender' as sender, (
      select jsonb_agg(jsonb_build_object('sha', c -> 'id', 'login', c #> '{author,username}', 'name', c #> '{author,name}', 'email', c #> '{author,email}',
        'at', c -> 'timestamp', 'distinct', c -> 'distinct', 'message', left(c ->> 'message', ${message_chars_max})))
      from jsonb_array_elements(case when jsonb_typeof(payload_json -> 'commits') = 'array' then payload_json -> 'commits' else '[]' end) c
    ) as commits
    from newest left join events on org_id = ${org_id} and source = 'github' and type = 'push'
      and occurred_at > until - ${2 * window_days * day_ms} * interval '1 millisecond' and occurred_at <= until`;
  return { until: rows[0]?.until ?? event_at, pushes: rows.flatMap((row) => pushOf(row) ?? []) };
}

const login = maybe(z.string().regex(/^[\w.-]{1,100}(\[bot\])?$/));
const stored_sender = maybe(z.object({ login, type: text }));
const stored_commit = maybe(
  z.object({
    sha: z.string().min(1).max(100),
    login,
    name: text,
    email: text,
    at: instant,
    distinct: flag,
    message: maybe(z.string()),
  }),
);

function pushOf({ subject, at, sender: told_sender, commits }: PushRow): StoredPush | null {
  if (at === null) return null;
  const sender = stored_sender.parse(told_sender);
  return {
    organisation: subject?.split(':')[2]?.split('/', 1)[0] ?? '',
    at,
    sender: sender?.login == null ? null : { login: sender.login, bot: isBot(sender) },
    commits: (commits ?? []).flatMap((commit) => commitOf(commit, at) ?? []),
  };
}

/** Null for what is no commit, or was pushed before to another branch. */
function commitOf(told: Json, pushed_at: Date): StoredCommit | null {
  const commit = stored_commit.parse(told);
  if (commit === null || commit.distinct === false) return null;
  const at = commit.at === null ? pushed_at : new Date(Math.min(Date.parse(commit.at), pushed_at.getTime()));
  const bot = isBot({ login: commit.login, type: null }) || /\[bot\]$/i.test(commit.name ?? '');
  return { sha: commit.sha.toLowerCase(), login: commit.login, email: commit.email, bot, at, message: commit.message ?? '' };
}
