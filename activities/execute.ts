/** Runs one approved action, once: judge the facts again, claim, attempt, settle. */
import { Context } from '@temporalio/activity';

import { readAction } from '../domain/action.ts';
import { providerOf } from '../domain/breaker.ts';
import { NotNow, OutcomeUnknown, PermanentError, type Executor, type ExecutionResult, type LookUpOrder } from '../domain/executor.ts';
import { beginAttempt, closeAttempt, noteDispatch, settle, type Settlement } from '../prisma/attempts.ts';
import { claim, unsettledExecution, type ClaimedExecution } from '../prisma/executions.ts';
import { HeldBack } from '../prisma/mail-limits.ts';
import { lookAtProposal } from '../prisma/moves.ts';
import { passTo } from './breaker.ts';
import { judgeFactsAgain } from './facts-guard.ts';
import { whileBeating } from './heartbeat.ts';
import type { ActivityDeps } from './index.ts';
import { retryIn } from './retry-in.ts';

interface ExecuteInput {
  org_id: string;
  proposal_id: string;
}

/** One attempt must end well before Temporal gives up on it, so that its outcome is recorded by the one who knows. */
const attempt_ms_max = 60_000;
/** When the provider has not told for this long what became of something that may have been sent, a person is asked. */
const told_within_ms = 60_000;

export function createExecute(deps: ActivityDeps) {
  return async function execute({ org_id, proposal_id }: ExecuteInput): Promise<void> {
    await whileBeating(async () => {
      const { db } = deps;
      const row = await lookAtProposal(db.sql, org_id, proposal_id);
      const executor = deps.executorFor(row.action_type, row.operation);
      const connection = executor?.connection() ?? null;
      // Before the facts are judged: they are often read from the same provider, and who waits for it is told to look again soon.
      const passage = await passTo(deps, providerOf(row.action_type, row.operation, connection));
      try {
        if (!row.claimed && !(await judgeFactsAgain(deps, row))) return;
        const execution = await claim(db, org_id, proposal_id, row.version, connection);
        if (execution !== null) await run(deps, executor && passage.watch(executor), execution);
      } catch (error) {
        throw inItsTime(error);
      } finally {
        await passage.end();
      }
    });
  };
}

async function run(deps: ActivityDeps, executor: Executor | null, execution: ClaimedExecution): Promise<void> {
  const { id, row } = execution;
  if (!execution.intact) return settleBroken(deps, execution);
  if (executor === null) throw new Error(`nothing can run ${row.operation ?? row.action_type} any more`);
  deps.logger.info({ proposal_id: row.id, execution_id: id, event_id: row.event_id }, 'executing');
  if (await settleInterrupted(deps, executor, execution)) return;
  await attempt(deps, executor, execution);
}

/** A limit or a provider that says how long to wait is believed; Temporal's own pace is for those that do not. */
function inItsTime(error: unknown): unknown {
  if (error instanceof HeldBack) return retryIn(error.name, error.ms);
  if (!(error instanceof NotNow) || error.retry_after_seconds === null) return error;
  return retryIn(error.name, Math.max(error.retry_after_seconds, 1) * 1_000);
}

/** What was claimed cannot be read back as it was sealed, so nothing of it may run. */
async function settleBroken({ db }: ActivityDeps, execution: ClaimedExecution): Promise<void> {
  const error = 'what was approved is not stored any more as it was sealed, so it was not run again';
  await settle(
    db,
    execution,
    { status: execution.interrupted?.dispatched ? 'unknown' : 'failed', error },
    execution.interrupted?.n ?? null,
  );
}

/** Looks after what an earlier attempt left behind; true when that settled the execution. */
async function settleInterrupted({ db }: ActivityDeps, executor: Executor, execution: ClaimedExecution): Promise<boolean> {
  const { interrupted } = execution;
  if (interrupted === null) return false;
  const not_sent = { status: 'failed', error: 'interrupted before it was sent', only_undispatched: true } as const;
  if (!interrupted.dispatched && (await closeAttempt(db, execution, interrupted.n, not_sent))) return false;

  if (executor.repeat === 'never-retry') {
    await settle(db, execution, { status: 'unknown', error: 'interrupted after it was sent; the answer is lost' }, interrupted.n);
    return true;
  }
  if (executor.repeat === 'native-key') {
    await closeAttempt(db, execution, interrupted.n, {
      status: 'unknown',
      error: 'interrupted after it was sent; the next attempt has the same key',
    });
    return false;
  }
  const order = {
    ...orderOf(execution),
    dispatched_at: interrupted.dispatched_at ?? undefined,
    signal: AbortSignal.timeout(attempt_ms_max),
  };
  const found = await lookFor(executor, order);
  if (found === null) {
    await closeAttempt(db, execution, interrupted.n, { status: 'failed', error: 'interrupted; the provider has nothing of it' });
    return false;
  }
  await settle(db, execution, found, interrupted.n);
  return true;
}

/** What the provider knows of it; null when it surely was not done. Throws while it may still tell soon. */
async function lookFor(executor: Executor, order: LookUpOrder): Promise<Settlement | null> {
  try {
    const result = (await executor.lookUp?.(order)) ?? null;
    return result && { status: 'succeeded', result };
  } catch (error) {
    if (error instanceof OutcomeUnknown) return { status: 'unknown', error: error.message };
    if (error instanceof PermanentError) return { status: 'unknown', error: `it was sent, and it cannot be looked up: ${error.message}` };
    const told_when = error instanceof NotNow && error.retry_after_seconds !== null;
    if (told_when || Date.now() - (order.dispatched_at ?? order.first_attempt_at).getTime() <= told_within_ms) throw error;
    const sentence = error instanceof Error ? error.message : String(error);
    return { status: 'unknown', error: `it was sent, and what became of it could not be read: ${sentence}` };
  }
}

async function attempt({ db, logger }: ActivityDeps, executor: Executor, execution: ClaimedExecution): Promise<void> {
  const n = execution.attempt ?? (await beginAttempt(db, execution));
  let dispatched = false;
  const dispatching = async (): Promise<void> => {
    await noteDispatch(db, execution.id, n);
    dispatched = true;
  };
  let result: ExecutionResult;
  try {
    const signal = AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(attempt_ms_max)]);
    result = await executor.run({ ...orderOf(execution), dispatching, signal });
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    logger.warn(
      { execution_id: execution.id, attempt: n, dispatched, reason: error instanceof Error ? error.name : 'thrown' },
      'an attempt failed',
    );
    if (error instanceof PermanentError) return settle(db, execution, { status: 'failed', error: sentence }, n);
    if (error instanceof OutcomeUnknown) {
      if (executor.repeat !== 'look-before-write') return settle(db, execution, { status: 'unknown', error: sentence }, n);
      // It stays open as dispatched: the next attempt looks first.
      throw error;
    }
    // With a key of the provider's own even a lost answer may be tried again; whether it had its effect is not known by then.
    const status = dispatched && executor.repeat === 'native-key' ? 'unknown' : 'failed';
    await closeAttempt(db, execution, n, { status, error: sentence });
    throw error;
  }
  await settle(db, execution, { status: 'succeeded', result }, n);
}

/** Called when the attempts are used up: an attempt that may have had its effect leaves the outcome unknown. */
export function createGiveUp({ db }: ActivityDeps) {
  return async function giveUp({ org_id, proposal_id }: ExecuteInput): Promise<void> {
    const execution = await unsettledExecution(db, org_id, proposal_id);
    if (execution === null) return;
    const settlement = execution.maybe_done
      ? ({ status: 'unknown', error: 'it was sent, but no answer came and the provider could not be asked' } as const)
      : ({ status: 'failed', error: execution.last_error ?? 'it could not be started in time' } as const);
    await settle(db, execution, settlement, null);
  };
}

/** The sealed action, read by the schema it was sealed under, with what every attempt of this execution shares. */
function orderOf({ row, idempotency_key, started_at }: ClaimedExecution) {
  const action = readAction(row);
  if (action === null) throw new PermanentError('what was approved is no action that this version can run');
  return { action, idempotency_key, proposal_id: row.id, first_attempt_at: started_at };
}
