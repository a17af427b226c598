/** The worker's activities, one file each. Everything they need comes in by argument, at the worker's composition root. */
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { Logger } from 'pino';

import type { ExecOpsActivities } from '../domain/contract.ts';
import type { Executor } from '../domain/executor.ts';
import type { Wording } from '../domain/sop.ts';
import type { Database } from '../prisma/database.ts';
import { lookAt, stepDue } from '../prisma/lifecycle.ts';
import { createDiscretion } from './discretion.ts';
import { createDraft } from './draft.ts';
import { createExecute, createGiveUp } from './execute.ts';
import { createReplay } from './replay.ts';
import { createTriage } from './triage.ts';
import type { ProceduresFor } from './verticals/registry.ts';

export interface ActivityDeps {
  db: Database;
  proceduresFor: ProceduresFor;
  executorFor(action_type: string, operation: string | null): Executor | null;
  checkpointer: BaseCheckpointSaver;
  /** The language model; null when none is configured. */
  wording: Wording | null;
  logger: Logger;
}

export function createActivities(deps: ActivityDeps): ExecOpsActivities {
  const tell = createDiscretion(deps.logger);
  return {
    triage: tell(createTriage(deps)),
    draft: tell(createDraft(deps)),
    look: tell(({ org_id, event_id, now_ms }) => lookAt(deps.db, org_id, event_id, now_ms)),
    due: tell((input) => stepDue(deps.db, input)),
    execute: tell(createExecute(deps)),
    giveUp: tell(createGiveUp(deps)),
    replay: tell(createReplay(deps)),
  };
}
