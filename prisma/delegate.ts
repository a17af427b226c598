/** A person hands a waiting card to another member, until a time and for a reason. */
import type { Person } from '../domain/app.ts';
import { minuteOf } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import { normaliseText } from '../domain/text.ts';
import type { Database, Sql } from './database.ts';
import { latestDelegation, memberBy, recordDelegation } from './delegations.ts';
import { remark, wakeLater, type LockedProposal } from './moves.ts';
import { lockPendingFor } from './waiting.ts';
import type { Wake } from './wakeups.ts';

export interface Delegating {
  /** A member's id or email. */
  to: string;
  until: Date;
  reason: string;
}

const delegation_days_max = 365;

export async function delegate(db: Pick<Database, 'tx'>, person: Person, id: string, { to, until, ...said }: Delegating): Promise<Wake> {
  const reason = normaliseText(said.reason).trim();
  if (reason === '') throw new Problem('bad_request', 'Say why, in words that can be read.');
  return db.tx(async (sql) => {
    const row = await lockPendingFor(sql, person, id);
    const member = await memberBy(sql, row, normaliseText(to));
    if (member === null) throw new Problem('not_found', 'No member has this id or email. Name somebody of this organisation.');
    if (member.user_id === person.user_id) throw new Problem('bad_request', 'That is yourself. Name somebody else.');
    if (member.role === 'viewer') throw new Problem('bad_request', `${member.name} is a viewer, who cannot decide. Name somebody who can.`);
    if (row.vertical === 'settings' && member.role !== 'owner')
      throw new Problem(
        'bad_request',
        `This changes how ExecOps itself works, which only owners decide, and ${member.name} is none. Name an owner.`,
      );
    await refuseTime(sql, until);
    if (member.role !== 'owner') await refuseLongerThanOwn(sql, person, row, until);

    const delegation = await recordDelegation(sql, row, { from: person.user_id, to: member.user_id, until, reason, by: 'user' });
    const lacking = `${member.name} is not on the approver list for ${row.action_type}: an owner has to add them before they can decide it.`;
    const notes = [
      `${person.name} delegated it to ${member.name} until ${minuteOf(until)}: ${reason}`,
      ...(member.approver ? [] : [lacking]),
    ];
    await sql`update proposals set notes = notes || ${notes}::text[], updated_at = now() where id = ${row.id}`;
    // The reason is personal text: it stays with the delegation, out of the audit.
    const metadata = { delegation, from: person.user_id, to: member.user_id, until: until.toISOString() };
    await remark(sql, row, { type: 'user', id: person.user_id }, metadata);
    return wakeLater(sql, row, 'caller');
  });
}

async function refuseTime(sql: Sql, until: Date): Promise<void> {
  const [time] = await sql<{ past: boolean; far: boolean }>`
    select ${until}::timestamptz <= now() as past, ${until}::timestamptz > now() + ${delegation_days_max} * interval '1 day' as far`;
  if (time === undefined || time.past) throw new Problem('bad_request', 'That time has passed. Delegate until a time in the future.');
  if (time.far) throw new Problem('bad_request', `At most ${delegation_days_max} days. Give an earlier time.`);
}

/** Nobody hands on for longer what reaches them only by a delegation. */
async function refuseLongerThanOwn(sql: Sql, person: Person, row: LockedProposal, until: Date): Promise<void> {
  if (person.role === 'owner' || row.urgency === 'low') return;
  const own = await latestDelegation(sql, row.id);
  if (own === null || until <= own.until) return;
  throw new Problem('bad_request', `It is with you until ${minuteOf(own.until)}. Hand it on until then at the latest.`);
}
