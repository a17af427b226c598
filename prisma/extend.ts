/** A person gives a waiting card more time before it expires. Its procedure's time, which makes it critical, goes on. */
import type { Person } from '../domain/app.ts';
import { minuteOf } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import type { Database, Sql } from './database.ts';
import { remark, wakeLater, type LockedProposal } from './moves.ts';
import { lockPendingFor } from './waiting.ts';
import type { Wake } from './wakeups.ts';

/** By so many hours more, until a time, or, when nothing is said, by the time it had at first, from now. */
export interface Extension {
  hours?: number | undefined;
  until?: Date | undefined;
}

const extension_days_max = 365;

export async function extend(db: Pick<Database, 'tx'>, person: Person, id: string, extension: Extension): Promise<Wake> {
  return db.tx(async (sql) => {
    const row = await lockPendingFor(sql, person, id);
    const { before, after } = await newExpiry(sql, row, extension);
    const note = `${person.name} gave it more time: it expires at ${minuteOf(after)}.`;
    await sql`update proposals set expires_at = ${after}, notes = notes || ${note}::text, updated_at = now() where id = ${row.id}`;
    const metadata = { extended_from: before.toISOString(), expires_at: after.toISOString() };
    await remark(sql, row, { type: 'user', id: person.user_id }, metadata);
    return wakeLater(sql, row, 'caller');
  });
}

async function newExpiry(sql: Sql, row: LockedProposal, { hours, until }: Extension): Promise<{ before: Date; after: Date }> {
  // The first audit row tells when it was to expire at first; cards from before that was noted have it in their row.
  const [expiry] = await sql<{ expires_at: Date | null; again: Date; longer: Date; latest: Date }>`
    select p.expires_at, now() + (coalesce(drafted.expires_at, p.expires_at) - p.created_at) as again,
      greatest(p.expires_at, now()) + ${hours ?? 0}::float8 * interval '1 hour' as longer, now() + ${extension_days_max} * interval '1 day' as latest
    from proposals p left join lateral (
      select (metadata ->> 'expires_at')::timestamptz as expires_at from audit where proposal_id = p.id and from_status is null) drafted on true
    where p.id = ${row.id}`;
  const before = expiry?.expires_at ?? null;
  if (expiry === undefined || before === null) throw new Problem('wrong_status', 'It never expires, so it needs no more time.');
  const after = until ?? (hours === undefined ? expiry.again : expiry.longer);
  if (after <= before) throw new Problem('bad_request', `It expires at ${minuteOf(before)} as it is. Give a later time.`);
  if (after > expiry.latest) throw new Problem('bad_request', `At most ${extension_days_max} days from now. Give an earlier time.`);
  return { before, after };
}
