/** The verdicts that stand on a proposal: who gave them, when, and on which version. */
import { minuteOf } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import type { DecideRequest } from '../domain/wire/decision.ts';
import type { Sql } from './database.ts';
import { editedPayload } from './edits.ts';
import { sealOfRow, type LockedProposal } from './moves.ts';

export interface StandingDecision {
  decision: 'approve' | 'reject';
  version: number;
  payload_hash: string;
  decided_by: string;
  decided_at: Date;
  email: string;
  name: string;
  /** Whether they are still somebody who decides here. */
  still_decides: boolean;
}

/** The oldest first. All are on the current version: a new one takes them back. */
export async function standingDecisions(sql: Sql, row: Pick<LockedProposal, 'id'>): Promise<StandingDecision[]> {
  return sql<StandingDecision>`
    select d.decision, d.version, d.payload_hash, d.decided_by, d.decided_at, u.email, u.name,
      exists (select from members m where m.org_id = d.org_id and m.user_id = d.decided_by and m.role <> 'viewer') as still_decides
    from decisions d join "user" u on u.id = d.decided_by
    where d.proposal_id = ${row.id} and d.undone_at is null order by d.decided_at, d.id`;
}

/** The same verdict on the same content, said again. For an edit, the content is what the edit led to. */
export function isSame(own: StandingDecision, row: LockedProposal, request: DecideRequest): boolean {
  if (own.decision !== request.decision) return false;
  if (request.edit === undefined) return own.payload_hash === request.payload_hash;
  const payload = editedPayload(row, request.edit);
  return payload !== null && own.payload_hash === sealOfRow({ ...row, version: own.version, payload });
}

/** Why nothing is left to decide for this person, with who and when. `own` is their verdict, if they gave one. */
export async function alreadyDecided(
  sql: Sql,
  row: LockedProposal,
  standing: StandingDecision[],
  own: StandingDecision | undefined,
): Promise<Problem> {
  if (row.status === 'pending' && own !== undefined) {
    const count = `${standing.length} of ${row.required_approvals}`;
    const sentence = `You approved it at ${minuteOf(own.decided_at)} (${count}): it waits for somebody else. Undo that first to decide otherwise.`;
    return new Problem('already_decided', sentence, membersOf(own, row));
  }
  const last = standing.at(-1);
  if (last === undefined || row.status === 'expired' || row.status === 'superseded') return ended(sql, row);
  const others = standing.slice(0, -1).filter(({ decision }) => decision === last.decision);
  const before = others.map(({ name, email }) => `${name} (${email}), then `).join('');
  return new Problem(
    'already_decided',
    `${before}${last.name} (${last.email}) decided "${last.decision}" at ${minuteOf(last.decided_at)}. The first decision stands.`,
    membersOf(last, row),
  );
}

async function ended(sql: Sql, row: LockedProposal): Promise<Problem> {
  const [end] = await sql<{ at: Date }>`select coalesce(closed_at, updated_at) as at from proposals where id = ${row.id}`;
  const at = end === undefined ? '' : ` since ${minuteOf(end.at)}`;
  return new Problem('wrong_status', `The proposal is ${row.status}${at}; there is nothing left to decide.`, {
    current_status: row.status,
  });
}

function membersOf({ decision, email, decided_at }: StandingDecision, row: LockedProposal) {
  return { decision, decided_by: email, decided_at: decided_at.toISOString(), current_status: row.status };
}
