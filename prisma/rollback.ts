/** Taking back what was done: as a proposal of its own, which somebody has to approve like any other. */
import { randomUUID } from 'node:crypto';

import { howToReverse, readAction, type Action } from '../domain/action.ts';
import type { Person } from '../domain/app.ts';
import { compensationOf } from '../domain/compensation.ts';
import { Problem } from '../domain/problem.ts';
import type { Json } from '../domain/text.ts';
import { uuidOf } from '../domain/uuid.ts';
import { proposed, type Proposed } from '../domain/wire/draft.ts';
import type { Fact } from '../domain/wire/fact.ts';
import type { Database, Sql } from './database.ts';
import { storeDrafted } from './drafted.ts';
import { refuseRole } from './may-decide.ts';
import { lockProposal, remark, type LockedProposal } from './moves.ts';

export interface RolledBack extends Proposed {
  event_id: string;
  /** False when it was drafted before. */
  drafted: boolean;
}

/** Drafts what takes an executed proposal back, once. `connectionOf` says as which account it would run. */
export async function rollback(
  db: Pick<Database, 'tx'>,
  person: Person,
  id: string,
  connectionOf: (action_type: string, operation: string | null) => string | null,
): Promise<RolledBack> {
  return db.tx(async (sql) => {
    const row = await lockProposal(sql, person.org_id, id);
    await refuseRole(sql, person, row);
    if (row.status !== 'executed')
      throw new Problem('wrong_status', `Only what was done can be rolled back; this one is ${row.status}.`, {
        current_status: row.status,
      });
    const before = await compensationThatStands(sql, row.id);
    if (before !== null) return { ...before, drafted: false };
    const done = await whatWasDone(sql, row);
    if (done === null || done.compensation === null) {
      const by_hand = howToReverse(row.action_type, row.operation, row.connection);
      throw new Problem('nothing_to_roll_back', `It cannot be taken back from here. ${by_hand}`);
    }
    return { ...(await draft(sql, person, row, done, done.compensation, connectionOf)), drafted: true };
  });
}

async function compensationThatStands(sql: Sql, id: string): Promise<(Proposed & { event_id: string }) | null> {
  const [row] = await sql<{ proposal_id: string; status: string; payload_hash: string; event_id: string }>`
    select id as proposal_id, status, payload_hash, event_id from proposals
    where compensates = ${id} and status not in ('rejected', 'expired', 'superseded')`;
  return row === undefined ? null : { ...proposed.parse(row), event_id: row.event_id };
}

interface DoneRow {
  title: string;
  finished_at: Date;
  result: Json;
  replaced_sha: string | null;
}
type WhatWasDone = DoneRow & { compensation: Action | null };

async function whatWasDone(sql: Sql, row: LockedProposal): Promise<WhatWasDone | null> {
  const [done] = await sql<DoneRow>`
    select p.title, e.finished_at, e.result, d.data ->> 'sha' as replaced_sha
    from proposals p join executions e on e.proposal_id = p.id and e.version = p.version and e.status = 'succeeded'
      left join provider_objects d on d.org_id = p.org_id and d.source = 'github' and d.kind = 'deployment'
        and d.object_id = p.basis ->> 'newest_deployment'
    where p.id = ${row.id}`;
  if (done === undefined) return null;
  const action = readAction(row);
  return { ...done, compensation: action && compensationOf(action, done) };
}

async function draft(
  sql: Sql,
  person: Person,
  row: LockedProposal,
  done: DoneRow,
  compensation: Action,
  connectionOf: (action_type: string, operation: string | null) => string | null,
): Promise<Proposed & { event_id: string }> {
  const event_id = randomUUID();
  const { action_type, operation, payload } = compensation;
  const actor = { type: 'user', id: person.user_id } as const;
  const connection = connectionOf(action_type, operation);
  const answer = await storeDrafted(sql, {
    org_id: row.org_id,
    id: uuidOf(event_id, row.vertical, action_type, operation ?? ''),
    event: { id: event_id, source: 'system', type: 'rollback.requested', payload: { proposal_id: row.id, requested_by: person.user_id } },
    cited: [row.event_id],
    vertical: row.vertical,
    sop_version: 'rollback',
    subject: `rollback:${row.id}`,
    action_type,
    operation,
    connection,
    payload,
    // It was not found by a procedure's rules, so it always has its undo window.
    urgency: row.urgency === 'critical' ? 'high' : row.urgency,
    title: `Take back: ${done.title}`,
    facts: [fact('Takes back', done.title), { ...fact('Was done', done.finished_at.toISOString()), at: done.finished_at.toISOString() }],
    reasoning: `${person.name} asked to take back what was done.`,
    written_by: 'rules',
    evidence: [{ claim: 'It was approved and done.', event_id: row.event_id, metric: null }],
    flags: [],
    notes:
      connection === null || connection === row.connection ? [] : [`It was done as ${row.connection}; this would run as ${connection}.`],
    compensates: row.id,
    actor,
  });
  await remark(sql, row, actor, { rollback: 'requested', by_proposal: answer.proposal_id });
  return { ...answer, event_id };
}

function fact(label: string, value: string): Fact {
  return { label, value, unusual: false, event_id: null, at: null };
}
