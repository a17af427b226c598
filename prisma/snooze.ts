/** A person puts a waiting card off. It is hidden meanwhile; its procedure's time and its expiry go on. */
import type { Person } from '../domain/app.ts';
import { minuteOf } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import type { Json } from '../domain/text.ts';
import type { Database, Sql } from './database.ts';
import { remark, wakeLater, type LockedProposal } from './moves.ts';
import { lockPendingFor } from './waiting.ts';
import type { Wake } from './wakeups.ts';

export type SnoozeEnd = { until: Date } | { until_event: true };

/** A timer has to end some day, also for a card that never expires. */
const snooze_days_max = 365;

/** Until a time, at most until it expires, or until the next event joins it. Again replaces what was said before. */
export async function snooze(db: Pick<Database, 'tx'>, person: Person, id: string, end: SnoozeEnd): Promise<Wake> {
  return db.tx(async (sql) => {
    const row = await lockPendingFor(sql, person, id);
    const wanted = 'until' in end ? end.until : null;
    const { until, capped } = wanted === null ? { until: null, capped: false } : await capUntil(sql, row, wanted);
    const notes = capped && until !== null ? [`It is snoozed only until ${minuteOf(until)}, because it expires then.`] : [];
    await sql`
      update proposals set snoozed_until = ${until}, snoozed_until_event = ${until === null}, updated_at = now(),
        flags = array_append(array_remove(flags, 'snoozed'), 'snoozed'), notes = notes || ${notes}::text[]
      where id = ${row.id}`;
    const metadata: { [key: string]: Json } = until === null ? { snoozed_until_event: true } : { snoozed_until: until.toISOString() };
    await remark(sql, row, { type: 'user', id: person.user_id }, metadata);
    return wakeLater(sql, row, 'caller');
  });
}

/** A person wants it back before that. */
export async function unsnooze(db: Pick<Database, 'tx'>, person: Person, id: string): Promise<Wake> {
  return db.tx(async (sql) => {
    const row = await lockPendingFor(sql, person, id);
    if (!(await endSnooze(sql, row.id))) throw new Problem('wrong_status', 'It is not snoozed, so there is nothing to wake.');
    await remark(sql, row, { type: 'user', id: person.user_id }, { woken_by: 'person' });
    return wakeLater(sql, row, 'caller');
  });
}

/** Under the proposal's lock; true when it was snoozed. */
export async function endSnooze(sql: Sql, id: string, { only_until_event = false } = {}): Promise<boolean> {
  const woken = await sql`
    update proposals set snoozed_until = null, snoozed_until_event = false, flags = array_remove(flags, 'snoozed'), updated_at = now()
    where id = ${id} and (snoozed_until_event or snoozed_until is not null and not ${only_until_event}::boolean) returning id`;
  return woken.length > 0;
}

async function capUntil(sql: Sql, row: LockedProposal, until: Date): Promise<{ until: Date; capped: boolean }> {
  const [time] = await sql<{ past: boolean; far: boolean; expires_at: Date | null }>`
    select ${until}::timestamptz <= now() as past, ${until}::timestamptz > now() + ${snooze_days_max} * interval '1 day' as far, expires_at
    from proposals where id = ${row.id}`;
  if (time === undefined || time.past) throw new Problem('bad_request', 'That time has passed. Give a time in the future.');
  if (time.expires_at !== null && until > time.expires_at) return { until: time.expires_at, capped: true };
  if (time.far) throw new Problem('bad_request', `At most ${snooze_days_max} days. Give an earlier time.`);
  return { until, capped: false };
}
