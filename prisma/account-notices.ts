/** What people are told of their own account: written in the transaction of the change, and sent by whichever process is the first. */
import type { AccountNoticeKind } from '../domain/notices.ts';
import type { Sql } from './database.ts';

export interface AccountNotice {
  id: string;
  user_id: string;
  kind: AccountNoticeKind;
  /** Which one, such as a passkey's name; null where the kind says it all. */
  detail: string | null;
  at: Date;
  /** Counts the leases, and so tells this one from a later one. */
  attempts: number;
  email: string;
}

/** Whoever leases one has this long; after that another replica may. */
const lease_seconds = 60;

/** Comes before the audit row, whose announcement has it sent. */
export async function noteAccountChange(
  sql: Sql,
  { org_id, user_id, kind, detail = null }: { org_id: string; user_id: string; kind: AccountNoticeKind; detail?: string | null },
): Promise<void> {
  await sql`insert into account_notices (org_id, user_id, kind, detail) values (${org_id}, ${user_id}, ${kind}, ${detail})`;
}

/** Takes the next one that is due; null when none is. */
export async function leaseAccountNotice(sql: Sql): Promise<AccountNotice | null> {
  const [row] = await sql<AccountNotice>`
    with due as (
      select id from account_notices where not settled and next_attempt_at <= now()
      order by next_attempt_at, at limit 1 for update skip locked)
    update account_notices n set attempts = n.attempts + 1, next_attempt_at = now() + ${lease_seconds} * interval '1 second'
    from due, "user" u where n.id = due.id and u.id = n.user_id
    returning n.id, n.user_id, n.kind, n.detail, n.at, n.attempts, u.email`;
  return row ?? null;
}

/** It was sent, or is given up. */
export async function settleAccountNotice(sql: Sql, { id, attempts }: AccountNotice, sent: boolean): Promise<void> {
  await sql`
    update account_notices set settled = true, sent_at = case when ${sent} then now() end where id = ${id} and attempts = ${attempts}`;
}

export async function accountNoticeAgainIn(sql: Sql, { id, attempts }: AccountNotice, seconds: number): Promise<void> {
  await sql`
    update account_notices set next_attempt_at = now() + ${seconds} * interval '1 second' where id = ${id} and attempts = ${attempts}`;
}

/** In how many milliseconds the first one is due; null when nothing waits. */
export async function nextAccountNoticeIn(sql: Sql): Promise<number | null> {
  const [row] = await sql<{ ms: number | null }>`
    select extract(epoch from min(next_attempt_at) - now())::float8 * 1000 as ms from account_notices where not settled`;
  return row?.ms ?? null;
}
