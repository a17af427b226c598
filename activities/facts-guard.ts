/** Before an action runs, the procedure that drafted it judges fresh facts: same action, target and amount, or it does not run. */
import { formatMoney } from '../domain/money.ts';
import { canonicalJson } from '../domain/seal.ts';
import type { Draft, Sop } from '../domain/sop.ts';
import type { Json } from '../domain/text.ts';
import { system_actor } from '../prisma/audit.ts';
import type { Sql } from '../prisma/database.ts';
import { readStoredEvent, type ReadEvent } from '../prisma/events.ts';
import { lookAtProposal, lockProposal, moveTo, returnToPending, sealOfRow, type LockedProposal } from '../prisma/moves.ts';
import { redescribe, sealedPayloadOf } from '../prisma/storable.ts';
import { by_rules } from './graph/words.ts';
import type { ActivityDeps } from './index.ts';
import { retryIn } from './retry-in.ts';

/** Facts that cannot be read are tried again for this long after the undo window; then the card goes back to the inbox. */
const unreadable_ms_max = 5 * 60_000;
/** They are tried again after as long as it has taken so far, within these: often enough that the last try is not long after the end. */
const try_again_ms_min = 1_000;
const try_again_ms_max = 10_000;

/** True when the approved action may go ahead; otherwise it is back in the inbox or withdrawn. Throws while facts may still become readable. */
export async function judgeFactsAgain(
  { db, proceduresFor, logger }: Pick<ActivityDeps, 'db' | 'proceduresFor' | 'logger'>,
  row: LockedProposal,
): Promise<boolean> {
  // Drafts from agents and people have no procedure to ask: the approval is all there is.
  if (row.basis === null || row.status !== 'approved') return true;
  // A broken seal is for the claim to find and tell: nothing in such a row is worth judging.
  if (sealOfRow(row) !== row.payload_hash) return true;

  const event = await readStoredEvent(db, row.org_id, row.event_id);
  const sop = proceduresFor(event.settings).sops.find(({ vertical }) => vertical === row.vertical);
  if (sop === undefined) return true;
  const verdict = await judge(sop, row, event, logger);
  if (verdict.facts === 'same') return true;
  await db.tx(async (sql) => {
    const locked = await lockProposal(sql, row.org_id, row.id);
    // Undone, decided otherwise, or claimed by another worker meanwhile: then there is nothing to bring back.
    const { claimed } = await lookAtProposal(sql, row.org_id, row.id);
    if (locked.status === 'approved' && locked.version === row.version && !claimed) await bringBack(sql, locked, verdict);
  });
  return false;
}

const new_words = 'Its words are the rules’ own again; what a person or the model had written fitted the old facts.';

type Verdict = { facts: 'same' } | { facts: 'unreadable' } | { facts: 'gone'; reason: string } | { facts: 'changed'; draft: Draft };

async function judge(sop: Sop, row: LockedProposal, event: ReadEvent, logger: ActivityDeps['logger']): Promise<Verdict> {
  const { now } = event;
  let facts: unknown;
  try {
    facts = await sop.gather(event, { fresh: true });
  } catch (error) {
    const tried_ms = now.getTime() - (row.executes_at ?? now).getTime();
    if (tried_ms >= unreadable_ms_max) return { facts: 'unreadable' };
    logger.warn(
      { proposal_id: row.id, reason: error instanceof Error ? error.message : 'thrown' },
      'facts cannot be read; they are tried again',
    );
    throw retryIn('FactsUnreadable', Math.min(Math.max(tried_ms, try_again_ms_min), try_again_ms_max));
  }
  const assessment = sop.assess(facts, now);
  if (!assessment.propose) return { facts: 'gone', reason: assessment.reason };
  const draft = draftInPlaceOf(row, assessment.drafts);
  if (draft === undefined) return { facts: 'gone', reason: 'the rules no longer propose it' };
  const is_same = draft.action.operation === row.operation && canonicalJson(draft.basis) === canonicalJson(row.basis);
  return is_same ? { facts: 'same' } : { facts: 'changed', draft };
}

/** Its own, else the same provider's other way to the same end: a rollback may become possible in a better one. */
function draftInPlaceOf(row: LockedProposal, drafts: readonly Draft[]): Draft | undefined {
  const of_subject = drafts.filter(
    ({ action, subject, subjects }) =>
      action.action_type === row.action_type && (subjects === undefined || [subject, ...subjects].includes(row.subject)),
  );
  const provider = (operation: string | null) => operation?.split('.', 1)[0];
  return (
    of_subject.find(({ action }) => action.operation === row.operation) ??
    of_subject.find(({ action }) => provider(action.operation) === provider(row.operation))
  );
}

async function bringBack(sql: Sql, row: LockedProposal, verdict: Exclude<Verdict, { facts: 'same' }>): Promise<void> {
  const move = { actor: system_actor, metadata: { facts: verdict.facts }, flags: ['facts_changed' as const] };
  switch (verdict.facts) {
    case 'unreadable':
      return returnToPending(
        sql,
        row,
        {},
        { ...move, notes: ['The facts behind it could not be read again, so nothing ran. Decide again when the provider answers.'] },
      );
    case 'gone':
      await returnToPending(sql, row, {}, move);
      return moveTo(sql, await lockProposal(sql, row.org_id, row.id), 'superseded', {
        ...move,
        notes: [`Nothing ran: ${verdict.reason}.`],
      });
    case 'changed': {
      const note = `The facts changed after the approval, so nothing ran. Changed: ${differenceOf(row.basis ?? {}, verdict.draft.basis)}.`;
      const { operation } = verdict.draft.action;
      await returnToPending(sql, row, { operation, payload: sealedPayloadOf(verdict.draft) }, move);
      const renewed = {
        ...verdict.draft,
        flags: [...verdict.draft.flags, 'facts_changed' as const],
        notes: [...verdict.draft.notes, note, new_words],
      };
      return redescribe(sql, row, renewed, by_rules);
    }
  }
}

/** `the amount $49.00 → $59.00, to ana@example.com → ben@example.com`: each member that differs, as a person reads it. */
function differenceOf(before: { [key: string]: Json }, after: { [key: string]: Json }): string {
  const [old_facts, new_facts] = [inWords(before), inWords(after)];
  const names = [...new Set([...old_facts.keys(), ...new_facts.keys()])];
  const changed = names.filter((name) => old_facts.get(name) !== new_facts.get(name));
  return changed.map((name) => `${name} ${old_facts.get(name) ?? 'none'} → ${new_facts.get(name) ?? 'none'}`).join(', ');
}

/** An amount and its currency are one fact to a reader. */
function inWords({ amount_minor, currency, ...others }: { [key: string]: Json }): Map<string, string> {
  const facts = Object.entries(others).map(([name, value]): [string, string] => [name.replaceAll('_', ' '), wordOf(value)]);
  if (typeof amount_minor === 'number' && typeof currency === 'string')
    facts.unshift(['the amount', formatMoney({ amount_minor, currency })]);
  return new Map(facts);
}

function wordOf(value: Json): string {
  return value === null ? 'none' : typeof value === 'string' ? value : canonicalJson(value);
}
