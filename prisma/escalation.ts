/** What a procedure's time does to a card that nobody decides: a reminder, another person, the owner. Each on the card and in the audit. */
import { dueStage, type Clocked, type Stage, type StageTime } from '../domain/escalation.ts';
import { minuteOf, spanOf } from '../domain/moment.ts';
import { priority_urgency_points } from '../domain/priority.ts';
import type { Json } from '../domain/text.ts';
import { system_actor } from './audit.ts';
import type { Sql } from './database.ts';
import { deputyFor, firstOwner, latestDelegation, recordDelegation } from './delegations.ts';
import { remark, type LockedProposal } from './moves.ts';
import { endSnooze } from './snooze.ts';

interface Clock extends Clocked {
  created_at: Date;
  expires_at: Date | null;
}

/** What a stage leaves behind: a sentence on the card, and members of its audit row. */
interface Taken {
  note: string;
  metadata: { [key: string]: Json };
}

/** An owner keeps what came back to them at least this long, where the card never expires. */
const owner_days = 7;

/** Under the proposal's lock: takes the latest stage whose time has come. Those before it are named, not made up for. */
export async function takeStage(sql: Sql, row: LockedProposal, now: Date): Promise<void> {
  const [clock] = await sql<Clock>`
    select urgency, escalation, escalates_from, escalates_at, created_at, expires_at from proposals where id = ${row.id}`;
  const found = clock === undefined ? null : dueStage(clock, now);
  if (clock === undefined || found === null) return;
  const { due, skipped } = found;
  const { note, metadata } = await take[due.stage](sql, row, clock, due);
  await sql`
    update proposals set escalation = ${due.stage}, notes = notes || ${note}::text, updated_at = now() where id = ${row.id}`;
  await remark(sql, row, system_actor, {
    stage: due.stage,
    due_at: due.at.toISOString(),
    ...(skipped.length > 0 && { skipped }),
    ...metadata,
  });
}

const take: Record<Stage, (sql: Sql, row: LockedProposal, clock: Clock, due: StageTime) => Promise<Taken>> = {
  reminded: remind,
  delegated: delegateOn,
  owner: escalate,
};

function remind(_sql: Sql, _row: LockedProposal, clock: Clock, due: StageTime): Promise<Taken> {
  const passed = passedOf('A quarter', clock, due);
  return Promise.resolve({ note: `${passed}.`, metadata: { reason: 'a quarter of its time has passed' } });
}

async function delegateOn(sql: Sql, row: LockedProposal, clock: Clock, due: StageTime): Promise<Taken> {
  const passed = passedOf('Half', clock, due);
  const standing = await latestDelegation(sql, row.id);
  if (standing?.lasts === true) {
    const { from_user: from, to_user: to } = standing;
    const metadata = {
      delegation: standing.id,
      from,
      to,
      until: standing.until.toISOString(),
      reason: 'a person has delegated it already',
    };
    return { note: `${passed}. It stays with ${standing.to_name} until ${minuteOf(standing.until)}.`, metadata };
  }
  const owner = await firstOwner(sql, row.org_id);
  const deputy = owner === null ? null : await deputyFor(sql, row, owner);
  if (owner === null || deputy === null || clock.escalates_at === null) {
    const reason = 'there is nobody to delegate to';
    return { note: `${passed}, and ${reason}.`, metadata: { from: owner?.user_id ?? null, to: null, reason } };
  }
  const reason = 'not decided within half of its time';
  const [from, to, until] = [owner.user_id, deputy.user_id, clock.escalates_at];
  const delegation = await recordDelegation(sql, row, { from, to, until, reason, by: 'system' });
  return {
    note: `${passed}, so ${owner.name}'s part is delegated to ${deputy.name} until ${minuteOf(until)}.`,
    metadata: { delegation, from, to, until: until.toISOString(), reason },
  };
}

async function escalate(sql: Sql, row: LockedProposal): Promise<Taken> {
  const more = priority_urgency_points.critical - priority_urgency_points[row.urgency];
  await sql`
    update proposals set urgency = 'critical', priority = priority + ${more},
      priority_parts = jsonb_set(priority_parts, '{urgency}', to_jsonb(${priority_urgency_points.critical}::int))
    where id = ${row.id}`;
  const returned = await returnToOwner(sql, row);
  const woken = await endSnooze(sql, row.id);
  const back = returned.to_name === undefined ? '' : ` It is back with ${returned.to_name}.`;
  return {
    note: `Nobody has decided in time, so it has become critical.${back}`,
    metadata: {
      urgency: 'critical',
      reason: 'the escalation time has passed',
      ...returned.metadata,
      ...(woken && { woken_by: 'critical' }),
    },
  };
}

/** Whoever it was handed to meanwhile, what is critical is the first owner's. */
export async function returnToOwner(sql: Sql, row: LockedProposal): Promise<{ to_name?: string; metadata: { [key: string]: Json } }> {
  await sql`update proposals set escalation = 'owner' where id = ${row.id}`;
  const last = await latestDelegation(sql, row.id);
  const owner = last === null ? null : await firstOwner(sql, row.org_id);
  if (last === null || owner === null || last.to_user === owner.user_id) return { metadata: {} };
  const [kept] = await sql<{ until: Date }>`
    select coalesce(expires_at, now() + ${owner_days} * interval '1 day') as until from proposals where id = ${row.id}`;
  const until = kept?.until ?? last.until;
  const reason = 'nobody decided in time';
  const delegation = await recordDelegation(sql, row, { from: last.to_user, to: owner.user_id, until, reason, by: 'system' });
  return { to_name: owner.name, metadata: { delegation, from: last.to_user, to: owner.user_id, until: until.toISOString() } };
}

/** Whether the time passed while the card waited, or had passed before there was a card. */
function passedOf(share: 'A quarter' | 'Half', { escalates_from, escalates_at, created_at }: Clock, { at }: StageTime): string {
  const span = spanOf((escalates_at?.getTime() ?? 0) - (escalates_from?.getTime() ?? 0));
  const before = at < created_at;
  return `${share} of its ${span} ${before ? 'had passed before this card was made' : 'has passed without a decision'}`;
}
