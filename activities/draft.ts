/** Runs one procedure's graph and stores what it proposes. A repeat resumes at the checkpoint and stores nothing twice. */
import { Context } from '@temporalio/activity';

import { workflowIdOf, type HandleEventInput } from '../domain/contract.ts';
import type { Sop } from '../domain/sop.ts';
import { giveVerdict, readStoredEvent } from '../prisma/events.ts';
import { blocked_connection } from '../prisma/drafted.ts';
import { system_actor } from '../prisma/audit.ts';
import { disabledTypes } from '../prisma/learning.ts';
import { lessonsOf } from '../prisma/lessons.ts';
import { isOutage } from '../prisma/outage.ts';
import type { StorableDraft } from '../prisma/storable.ts';
import { storeDrafts } from '../prisma/store.ts';
import { runGraph, type GraphOutcome } from './graph/graph.ts';
import { by_rules } from './graph/words.ts';
import { whileBeating } from './heartbeat.ts';
import { incidentOf, verticalsOf } from './triage.ts';
import type { ActivityDeps } from './index.ts';

/** After this many tries an event whose draft fails for reasons of its own is settled, so that nobody waits for it. */
const draft_attempts_max = 5;

export function createDraft(deps: ActivityDeps) {
  const { db, proceduresFor, executorFor, checkpointer, wording, logger } = deps;
  return async function draftOrSettle(input: HandleEventInput & { vertical: string }): Promise<void> {
    try {
      await draft(input);
    } catch (error) {
      // An outage passes; what Postgres or the rules refuse five times, they refuse for ever.
      if (isOutage(error) || Context.current().info.attempt < draft_attempts_max) throw error;
      logger.error({ event_id: input.event_id, reason: error instanceof Error ? error.message : 'thrown' }, 'an event cannot be drafted');
      const reason = 'it could not be drafted, which is our mistake; the log of the worker says why';
      const event = await readStoredEvent(db, input.org_id, input.event_id);
      const { sops } = proceduresFor(event.settings);
      await giveVerdict(db.sql, event.id, { vertical: input.vertical, all: verticalsOf(sops, event), reason });
    }
  };

  async function draft({ org_id, event_id, vertical }: HandleEventInput & { vertical: string }): Promise<void> {
    const event = await readStoredEvent(db, org_id, event_id);
    const { sops, switchedOff } = proceduresFor(event.settings);
    const sop = sops.find((candidate) => candidate.vertical === vertical);
    if (sop === undefined) throw new Error(`there is no procedure "${vertical}"`);
    if (event.status !== 'received' || Object.hasOwn(event.verdicts, vertical)) return;
    const off = switchedOff(vertical);
    if (off !== null) return giveVerdict(db.sql, event.id, { vertical, all: verticalsOf(sops, event), reason: off });

    const thread_id = `${workflowIdOf(event_id)}:${vertical}`;
    const outcome = await whileBeating(() =>
      runGraph(
        {
          checkpointer,
          sop,
          wording,
          lessons: (action_type) => lessonsOf(db, org_id, vertical, action_type),
          now: event.now,
          thread_id,
          resume: wording !== null || Context.current().info.attempt > 1,
        },
        event,
      ),
    );
    if (!outcome.assessment.propose) {
      await giveVerdict(db.sql, event.id, { vertical, all: verticalsOf(sops, event), reason: outcome.assessment.reason });
      return;
    }
    const disabled = await disabledTypes(db.sql, org_id, vertical, sop.version);
    const drafts = withDisabled(storableDrafts(sop, outcome, executorFor), disabled);
    await storeDrafts(db, await incidentOf(sop, sops, event), drafts);
  }
}

/** What people keep rejecting makes no card any more; the first that is left says so. */
function withDisabled(drafts: StorableDraft[], disabled: ReadonlyMap<string, string>): StorableDraft[] {
  const types = [...new Set(drafts.map(({ action }) => action.action_type))].filter((type) => disabled.has(type));
  const notes = types.map((type) => `No ${type} was drafted: it is switched off, because ${disabled.get(type)}.`);
  const first = drafts.find(({ action }) => !disabled.has(action.action_type));
  return drafts.map((draft) => ({
    ...draft,
    switched_off: disabled.get(draft.action.action_type),
    notes: draft === first ? [...draft.notes, ...notes] : draft.notes,
  }));
}

/** What the rules and the graph made, with everything that is decided outside them. */
export function storableDrafts(
  sop: Sop,
  { assessment, words, trace }: GraphOutcome,
  executorFor: ActivityDeps['executorFor'],
): StorableDraft[] {
  if (!assessment.propose) return [];
  return assessment.drafts.map((draft, index) => ({
    ...draft,
    vertical: sop.vertical,
    sop_version: sop.version,
    connection: executorFor(draft.action.action_type, draft.action.operation)?.connection() ?? blocked_connection,
    words: words[index] ?? by_rules,
    trace,
    author: system_actor,
  }));
}
