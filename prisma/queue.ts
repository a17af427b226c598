/** Which proposals are on a page of the inbox. Each page starts where the one before it ended, however many came before. */
import { z } from 'zod';

import { proposal_statuses, type ProposalStatus } from '../domain/proposal.ts';
import type { InboxQuery } from '../domain/wire/inbox.ts';
import { cursor_time, readCursor, writeCursor } from './cursor.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';

export interface PageIds {
  ids: string[];
  next_cursor: string | null;
}

const decided_statuses = proposal_statuses.filter((status) => status !== 'pending');

export function statusesOf({ status }: Pick<InboxQuery, 'status'>): readonly ProposalStatus[] {
  return status === 'decided' ? decided_statuses : [status];
}

export async function pageOf(db: Pick<Database, 'prisma'>, org_id: string, query: InboxQuery): Promise<PageIds> {
  const order = query.order === 'newest' ? byChange(query) : byPriority(query);
  const list: List = { org_id, statuses: statusesOf(query), conditions: [...conditionsOf(query), ...order.after], order };
  const rows = query.q === undefined || query.q === '' ? await ordered(db.prisma, list, query.limit + 1) : await searched(db, list, query);
  const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
  return {
    ids: rows.slice(0, query.limit).map(({ id }) => id),
    next_cursor: last === undefined ? null : writeCursor(order.cursorAt(last)),
  };
}

interface List {
  org_id: string;
  statuses: readonly ProposalStatus[];
  conditions: Prisma.Sql[];
  order: Order;
}

/** Of each status only as much of its index is read as is wanted. Raw statements have no name: each is planned for what it asks. */
function ordered(prisma: Pick<Database['prisma'], '$queryRaw'>, list: List, limit: number): Promise<QueueRow[]> {
  return prisma.$queryRaw<QueueRow[]>(walk(list, limit));
}

function walk({ org_id, statuses, conditions, order }: List, limit: number): Prisma.Sql {
  const conditions_all = Prisma.join([Prisma.sql`p.org_id = ${org_id}::uuid and p.status = wanted.status`, ...conditions], ' and ');
  return Prisma.sql`
    select p.* from unnest(${[...statuses]}::text[]) wanted(status), lateral (
      select p.id, p.priority, p.created_at, p.updated_at from proposals p
      where ${conditions_all} order by ${order.keys} limit ${limit}) p
    order by ${order.keys} limit ${limit}`;
}

/** A word that more than two in a hundred hold fills a page within so many cards. */
const walked_max = 5_000;

/**
 * Every word is the beginning of one of the card's. Common words are found on the way through the list, rare ones by their
 * index: which they are shows on the way, where the planner would have to guess.
 */
async function searched({ prisma }: Pick<Database, 'prisma'>, list: List, { q = '', limit }: InboxQuery): Promise<QueueRow[]> {
  const words = Prisma.sql`words_query(${q})`;
  const { keys } = list.order;
  const walked = await prisma.$queryRaw<(QueueRow & { seen: number })[]>`
    with p as materialized (${walk(list, walked_max)})
    select p.*, (select count(*)::int from p) as seen from p join proposal_words w on w.proposal_id = p.id
    where w.words @@ ${words} order by ${keys} limit ${limit + 1}`;
  const seen = walked[0]?.seen ?? (await ordered(prisma, list, 1)).length * walked_max;
  if (walked.length > limit || seen < walked_max) return walked;

  const { org_id, statuses, conditions } = list;
  const wanted = Prisma.join([Prisma.sql`p.org_id = ${org_id}::uuid and p.status = any(${[...statuses]}::text[])`, ...conditions], ' and ');
  const waits = statuses.includes('pending') ? Prisma.sql`waits` : Prisma.sql`not waits`;
  return prisma.$transaction(async (tx) => {
    // However many it takes them for, the cards are looked up by their ids.
    await tx.$executeRaw`set local enable_seqscan = off`;
    await tx.$executeRaw`set local enable_hashjoin = off`;
    await tx.$executeRaw`set local enable_mergejoin = off`;
    return tx.$queryRaw<QueueRow[]>`
      with found as materialized (select proposal_id from proposal_words where ${waits} and words @@ ${words})
      select p.id, p.priority, p.created_at, p.updated_at from found join proposals p on p.id = found.proposal_id
      where ${wanted} order by ${keys} limit ${limit + 1}`;
  });
}

interface QueueRow {
  id: string;
  priority: number;
  created_at: Date;
  updated_at: Date;
}

interface Order {
  keys: Prisma.Sql;
  after: Prisma.Sql[];
  cursorAt(row: QueueRow): (string | number)[];
}

const priority_cursor = z.tuple([z.int32(), cursor_time, z.uuid()]);

/** Highest first, oldest first among equals. The keys run the same way, so that one comparison finds the place in the index. */
function byPriority({ cursor }: InboxQuery): Order {
  const seen = readCursor(cursor, priority_cursor);
  return {
    keys: Prisma.sql`-p.priority, p.created_at, p.id`,
    after:
      seen === null ? [] : [Prisma.sql`(-p.priority, p.created_at, p.id) > (-${seen[0]}::int, ${seen[1]}::timestamptz, ${seen[2]}::uuid)`],
    cursorAt: ({ priority, created_at, id }) => [priority, created_at.toISOString(), id],
  };
}

const change_cursor = z.tuple([z.literal('changed'), cursor_time, z.uuid()]);

/** What changed last comes first, as a history is read. */
function byChange({ cursor }: InboxQuery): Order {
  const seen = readCursor(cursor, change_cursor);
  return {
    keys: Prisma.sql`p.updated_at desc, p.id desc`,
    after: seen === null ? [] : [Prisma.sql`(p.updated_at, p.id) < (${seen[1]}::timestamptz, ${seen[2]}::uuid)`],
    cursorAt: ({ updated_at, id }) => ['changed', updated_at.toISOString(), id],
  };
}

function conditionsOf({ vertical, urgency, action_type, flag, snoozed }: InboxQuery): Prisma.Sql[] {
  return [
    vertical && Prisma.sql`p.vertical = ${vertical}`,
    urgency && Prisma.sql`p.urgency = ${urgency}`,
    action_type && Prisma.sql`p.action_type = ${action_type}`,
    // Said twice for the index of what carries any flag.
    flag && Prisma.sql`p.flags <> '{}' and p.flags @> array[${flag}]`,
    snoozed === 'hidden' && Prisma.sql`not p.flags @> '{snoozed}'`,
    snoozed === 'only' && Prisma.sql`p.flags <> '{}' and p.flags @> '{snoozed}'`,
  ].filter((condition) => typeof condition === 'object');
}
