/** A human's verdict: one transaction, first decision wins. Every door (web, API, Slack) calls this and nothing else. */
import type { Person } from '../domain/app.ts';
import { undoSecondsOf, type Caution } from '../domain/gesture.ts';
import { Problem } from '../domain/problem.ts';
import { normaliseText } from '../domain/text.ts';
import type { DecideRequest, DecideResponse } from '../domain/wire/decision.ts';
import type { Actor } from './audit.ts';
import { cautionOf } from './caution.ts';
import type { Database, Sql } from './database.ts';
import { alreadyDecided, isSame, standingDecisions, type StandingDecision } from './decisions.ts';
import { applyEdit } from './edits.ts';
import { judgeProcedure } from './learning.ts';
import { refuseWhoMayNotDecide } from './may-decide.ts';
import { lockProposal, moveTo, remark, wakeLater, type LockedProposal } from './moves.ts';
import { needsStepUp, refuseOwnProposal, refuseUnread, requireStepUp, stepUpRequired } from './safeguards.ts';
import type { Wake } from './wakeups.ts';

export interface DecideOptions {
  via: 'web' | 'api' | 'slack';
  /** The installation's own undo window, for an organisation that has set none. Critical actions never wait. */
  undo_seconds?: number | undefined;
  /** Decided together with others, unopened. */
  in_batch?: boolean;
}

/** The answer to the human, and the wake-up to send; none when nothing changed. */
export type Decided = DecideResponse & { wake: Wake | null };

/** Throws a Problem: 404, 403, 409 with who and when, 422 for an edit that does not fit the action. */
export async function decide(db: Pick<Database, 'tx'>, person: Person, request: DecideRequest, options: DecideOptions): Promise<Decided> {
  refuseOtherActor(person, request.actor);
  return db.tx(async (sql) => {
    const row = await lockProposal(sql, person.org_id, request.proposal_id);
    await refuseWhoMayNotDecide(sql, person, row);

    const standing = await standingDecisions(sql, row);
    const own = standing.find((decision) => decision.decided_by === person.user_id);
    if (own !== undefined && isSame(own, row, request)) return repeated(sql, row, standing, own, person, options);
    if (row.status !== 'pending' || own !== undefined) throw await alreadyDecided(sql, row, standing, own);
    refuseStale(row, request.payload_hash);
    return request.decision === 'reject'
      ? reject(sql, row, person, request, options)
      : approve(sql, row, person, request, options, standing);
  });
}

/** Throws as decide() would for a verdict on this version, and changes nothing. */
export async function refuseUndecidable(
  db: Pick<Database, 'tx'>,
  person: Person,
  { proposal_id, payload_hash }: Pick<DecideRequest, 'proposal_id' | 'payload_hash'>,
  /** The verdict they are about to give, where that is known. */
  { decision, undo_seconds }: Pick<DecideOptions, 'undo_seconds'> & { decision?: DecideRequest['decision'] } = {},
): Promise<void> {
  await db.tx(async (sql) => {
    const row = await lockProposal(sql, person.org_id, proposal_id);
    await refuseWhoMayNotDecide(sql, person, row);
    const standing = await standingDecisions(sql, row);
    // Whoever gave the first of two approvals may still put it off.
    const own = decision === undefined ? undefined : standing.find((one) => one.decided_by === person.user_id);
    if (row.status !== 'pending' || own !== undefined) throw await alreadyDecided(sql, row, standing, own);
    refuseStale(row, payload_hash);
    if (decision !== 'approve') return;
    refuseBlocked(row);
    refuseOwnProposal(person, row);
    const caution = await cautionOf(sql, person.org_id, undo_seconds);
    if (await needsStepUp(sql, person, row, caution)) throw stepUpRequired(row, caution, false);
  });
}

async function reject(sql: Sql, row: LockedProposal, person: Person, request: DecideRequest, options: DecideOptions): Promise<Decided> {
  if (request.edit !== undefined) throw new Problem('bad_request', 'A rejection carries no edit. Leave it out, or approve.');
  const decision = await recordDecision(sql, row, person, request, options);
  await judgeProcedure(sql, row);
  await moveTo(sql, row, 'rejected', { actor: actorOf(person), metadata: { payload_hash: row.payload_hash, via: options.via } });
  return answer({ ...row, status: 'rejected' }, decision, person, await wakeLater(sql, row, 'caller'));
}

async function approve(
  sql: Sql,
  row: LockedProposal,
  person: Person,
  request: DecideRequest,
  options: DecideOptions,
  standing: StandingDecision[],
): Promise<Decided> {
  const caution = await cautionOf(sql, person.org_id, options.undo_seconds);
  refuseBlocked(row);
  refuseOwnProposal(person, row);
  if (options.in_batch === true) refuseUnread(row, caution);
  const sealed = await applyEdit(sql, row, actorOf(person), request.edit);
  await requireStepUp(sql, person, sealed, caution, { token: request.step_up, seen: request.payload_hash });
  const decision = await recordDecision(sql, sealed, person, request, options);
  // Who is being removed at this very moment completes nothing.
  const approvals = standing.filter(({ version, still_decides }) => version === sealed.version && still_decides).length + 1;
  const edited = sealed.version !== row.version;
  if (approvals >= sealed.required_approvals) return approved(sql, sealed, decision, person, { via: options.via, caution, edited });
  await sql`update proposals set updated_at = now() where id = ${sealed.id}`;
  await remark(sql, sealed, actorOf(person), {
    approvals,
    required_approvals: sealed.required_approvals,
    payload_hash: sealed.payload_hash,
    via: options.via,
    edited,
  });
  return answer(sealed, decision, person, null);
}

/** Said again. What was the first of two approvals is the last one when meanwhile fewer are asked for. */
async function repeated(
  sql: Sql,
  row: LockedProposal,
  standing: StandingDecision[],
  own: StandingDecision,
  person: Person,
  options: DecideOptions,
): Promise<Decided> {
  const suffices =
    row.status === 'pending' && own.decision === 'approve' && standing.filter((one) => one.still_decides).length >= row.required_approvals;
  if (!suffices) return answer(row, own, person, null);
  refuseBlocked(row);
  const caution = await cautionOf(sql, person.org_id, options.undo_seconds);
  return approved(sql, row, own, person, { via: options.via, caution, edited: false });
}

/** Enough have approved it: it runs once the undo window is over. */
async function approved(
  sql: Sql,
  row: LockedProposal,
  decision: StandingDecision,
  person: Person,
  { via, caution, edited }: { via: DecideOptions['via']; caution: Caution; edited: boolean },
): Promise<Decided> {
  await judgeProcedure(sql, row);
  const undo_seconds = undoSecondsOf(row, caution);
  await moveTo(sql, row, 'approved', {
    actor: actorOf(person),
    executes_in_seconds: undo_seconds,
    metadata: { payload_hash: row.payload_hash, via, undo_seconds, edited },
  });
  return answer({ ...row, status: 'approved' }, decision, person, await wakeLater(sql, row, 'caller'));
}

async function recordDecision(
  sql: Sql,
  row: LockedProposal,
  person: Person,
  request: DecideRequest,
  { via }: DecideOptions,
): Promise<StandingDecision> {
  const feedback = request.feedback === undefined ? null : normaliseText(request.feedback);
  const [decision] = await sql<Omit<StandingDecision, 'email' | 'name' | 'still_decides'>>`
    insert into decisions (org_id, proposal_id, version, payload_hash, decision, decided_by, via, feedback)
    values (${row.org_id}, ${row.id}, ${row.version}, ${row.payload_hash}, ${request.decision}, ${person.user_id}, ${via}, ${feedback})
    returning decision, version, payload_hash, decided_by, decided_at`;
  if (decision === undefined) throw new Error('the insert of a decision returned no row');
  return { ...decision, email: person.email, name: person.name, still_decides: true };
}

function refuseOtherActor(person: Person, actor: string | undefined): void {
  if (actor === undefined || actor === person.user_id || actor.toLowerCase() === person.email.toLowerCase()) return;
  throw new Problem('forbidden', 'The actor is somebody else. Decide as yourself, or leave the actor out.');
}

function refuseStale(row: LockedProposal, payload_hash: string): void {
  if (row.payload_hash === payload_hash) return;
  throw new Problem('stale_hash', `The proposal is at version ${row.version} now. Read it again and decide on what it says.`, {
    payload_hash: row.payload_hash,
    version: row.version,
  });
}

function refuseBlocked(row: LockedProposal): void {
  if (!row.flags.includes('blocked_by_policy')) return;
  throw new Problem(
    'blocked_by_policy',
    'Its provider is not connected or the operation is not allowed. Connect it, or reject the proposal.',
  );
}

function actorOf(person: Person): Actor {
  return { type: 'user', id: person.user_id };
}

function answer(row: LockedProposal, decision: StandingDecision, person: Person, wake: Wake | null): Decided {
  return {
    proposal_id: row.id,
    status: row.status,
    decision: decision.decision,
    decided_by: person.email,
    decided_at: decision.decided_at.toISOString(),
    payload_hash: decision.payload_hash,
    wake,
  };
}
