/** A human's verdict: one transaction, first decision wins. Every door (web, API, later Slack) calls this and nothing else. */
import { payloadSchemaOf } from '../domain/action.ts';
import type { Person } from '../domain/app.ts';
import { minuteOf } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import { mapText, normaliseText, type Json } from '../domain/text.ts';
import type { DecideRequest, DecideResponse } from '../domain/wire.ts';
import { canonicalJson } from '../domain/seal.ts';
import type { Actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { refuseWhoMayNotDecide } from './may-decide.ts';
import { judgeProcedure } from './learning.ts';
import { lockProposal, moveTo, remark, sealOfRow, wakeLater, writeVersion, type LockedProposal } from './moves.ts';
import type { Wake } from './wakeups.ts';

const undo_seconds_default = 10;

export interface DecideOptions {
  via: 'web' | 'api' | 'slack';
  /** Overrides the default undo window. Critical actions never wait. */
  undo_seconds?: number | undefined;
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
    if (own !== undefined && isSame(own, row, request)) return answer(row, own, person, null);
    if (row.status !== 'pending' || own !== undefined) throw alreadyDecided(row, standing.at(-1));
    refuseStale(row, request.payload_hash);

    if (request.decision === 'reject') {
      if (request.edit !== undefined) throw new Problem('bad_request', 'A rejection carries no edit. Leave it out, or approve.');
      const decision = await recordDecision(sql, row, person, request, options);
      await judgeProcedure(sql, row);
      await moveTo(sql, row, 'rejected', { actor: actorOf(person), metadata: { payload_hash: row.payload_hash, via: options.via } });
      return answer({ ...row, status: 'rejected' }, decision, person, await wakeLater(sql, row, 'caller'));
    }

    refuseBlocked(row);
    const sealed = await applyEdit(sql, row, person, request.edit);
    const decision = await recordDecision(sql, sealed, person, request, options);
    const approvals = standing.filter(({ version, decision }) => version === sealed.version && decision === 'approve').length + 1;
    if (approvals < sealed.required_approvals) {
      await remark(sql, sealed, actorOf(person), {
        approvals,
        required_approvals: sealed.required_approvals,
        payload_hash: sealed.payload_hash,
      });
      return answer(sealed, decision, person, null);
    }
    await judgeProcedure(sql, row);
    const undo_seconds = row.urgency === 'critical' ? 0 : (options.undo_seconds ?? undo_seconds_default);
    await moveTo(sql, sealed, 'approved', {
      actor: actorOf(person),
      executes_in_seconds: undo_seconds,
      metadata: { payload_hash: sealed.payload_hash, via: options.via, undo_seconds, edited: sealed.version !== row.version },
    });
    return answer({ ...sealed, status: 'approved' }, decision, person, await wakeLater(sql, row, 'caller'));
  });
}

/** Throws as decide() would for a verdict on this version, and changes nothing. */
export async function refuseUndecidable(
  db: Pick<Database, 'tx'>,
  person: Person,
  { proposal_id, payload_hash }: Pick<DecideRequest, 'proposal_id' | 'payload_hash'>,
): Promise<void> {
  await db.tx(async (sql) => {
    const row = await lockProposal(sql, person.org_id, proposal_id);
    await refuseWhoMayNotDecide(sql, person, row);
    if (row.status !== 'pending') throw alreadyDecided(row, (await standingDecisions(sql, row)).at(-1));
    refuseStale(row, payload_hash);
  });
}

interface StandingDecision {
  decision: 'approve' | 'reject';
  version: number;
  payload_hash: string;
  decided_by: string;
  decided_at: Date;
  email: string;
  name: string;
}

async function standingDecisions(sql: Sql, row: LockedProposal): Promise<StandingDecision[]> {
  return sql<StandingDecision>`
    select d.decision, d.version, d.payload_hash, d.decided_by, d.decided_at, u.email, u.name
    from decisions d join "user" u on u.id = d.decided_by
    where d.proposal_id = ${row.id} and d.undone_at is null order by d.decided_at, d.id`;
}

async function recordDecision(
  sql: Sql,
  row: LockedProposal,
  person: Person,
  request: DecideRequest,
  { via }: DecideOptions,
): Promise<StandingDecision> {
  const feedback = request.feedback === undefined ? null : normaliseText(request.feedback);
  const [decision] = await sql<Omit<StandingDecision, 'email' | 'name'>>`
    insert into decisions (org_id, proposal_id, version, payload_hash, decision, decided_by, via, feedback)
    values (${row.org_id}, ${row.id}, ${row.version}, ${row.payload_hash}, ${request.decision}, ${person.user_id}, ${via}, ${feedback})
    returning decision, version, payload_hash, decided_by, decided_at`;
  if (decision === undefined) throw new Error('the insert of a decision returned no row');
  return { ...decision, email: person.email, name: person.name };
}

/** The next version of an edited proposal, or the row itself when nothing that would run changed. */
async function applyEdit(sql: Sql, row: LockedProposal, person: Person, edit: Json | undefined): Promise<LockedProposal> {
  if (edit === undefined) return row;
  const payload = parseEdit(row, edit);
  if (canonicalJson(payload) === canonicalJson(row.payload)) return row;
  const next = await writeVersion(sql, row, { payload }, actorOf(person));
  await sql`
    update proposals set flags = array(select distinct unnest(array_remove(flags, 'unsupported_numbers') || array['edited'])),
      words = jsonb_build_object('by', 'person', 'model', null, 'explanation', null, 'claims', '[]'::jsonb, 'unsupported', '[]'::jsonb)
    where id = ${row.id}`;
  return next;
}

function parseEdit(row: LockedProposal, edit: Json): Json {
  const schema = payloadSchemaOf(row.action_type, row.operation);
  const parsed = schema.safeParse(mapText(edit, normaliseText));
  if (parsed.success) return parsed.data as Json;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new Problem('invalid_edit', 'The edited payload does not fit the action. Nothing was decided; correct it and send it again.', {
    errors,
  });
}

/** The same verdict on the same content, said again. For an edit, the content is what the edit led to. */
function isSame(own: StandingDecision, row: LockedProposal, request: DecideRequest): boolean {
  if (own.decision !== request.decision) return false;
  if (request.edit === undefined) return own.payload_hash === request.payload_hash;
  const schema = payloadSchemaOf(row.action_type, row.operation);
  const parsed = schema.safeParse(mapText(request.edit, normaliseText));
  return parsed.success && own.payload_hash === sealOfRow({ ...row, version: own.version, payload: parsed.data as Json });
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

function alreadyDecided(row: LockedProposal, last: StandingDecision | undefined): Problem {
  if (last === undefined)
    return new Problem('wrong_status', `The proposal is ${row.status}; there is nothing left to decide.`, { current_status: row.status });
  const decided_at = last.decided_at.toISOString();
  return new Problem(
    'already_decided',
    `${last.name} (${last.email}) decided "${last.decision}" at ${minuteOf(last.decided_at)}. The first decision stands.`,
    {
      decision: last.decision,
      decided_by: last.email,
      decided_at,
      current_status: row.status,
    },
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
