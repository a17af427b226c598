/** What an executor is given, and what is told apart when it fails. */
import type { Action } from '../../domain/action.ts';
import { NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable, type ExecutionOrder } from '../../domain/executor.ts';

export const test_key = 'execops-7a1e-v1';

export function orderOf(action: Action, more: Partial<ExecutionOrder> = {}): ExecutionOrder {
  return {
    action,
    idempotency_key: test_key,
    proposal_id: 'p',
    first_attempt_at: new Date(),
    dispatching: async () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

export interface Failed {
  kind: 'permanent' | 'unknown' | 'unreachable' | 'not_now' | 'none';
  message: string;
  retry_after_seconds: number | null;
}

export async function failureOf(work: Promise<unknown>): Promise<Failed> {
  const error: unknown = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  const message = error instanceof Error ? error.message : '';
  const retry_after_seconds = error instanceof NotNow ? error.retry_after_seconds : null;
  if (error === null) return { kind: 'none', message, retry_after_seconds };
  if (error instanceof PermanentError) return { kind: 'permanent', message, retry_after_seconds };
  if (error instanceof OutcomeUnknown) return { kind: 'unknown', message, retry_after_seconds };
  if (error instanceof ProviderUnreachable) return { kind: 'unreachable', message, retry_after_seconds };
  return { kind: 'not_now', message, retry_after_seconds };
}
