/** The outbound side of a provider: one executor per action type or operation. */
import type { Action } from './action.ts';
import type { Json } from './text.ts';

/**
 * How a repeat is made safe.
 * `native-key`: the provider drops a second request with the same idempotency key.
 * `look-before-write`: the executor can see at the provider whether it was done, and looks first.
 * `never-retry`: neither; once it may have been dispatched, only a human can settle it.
 */
export type Repeat = 'native-key' | 'look-before-write' | 'never-retry';

/** The key of the one execution that an approved version can have: the same for every attempt, and on every machine. */
export function idempotencyKeyOf(proposal_id: string, version: number): string {
  return `execops-${proposal_id}-v${version}`;
}

export interface ExecutionOrder {
  action: Action;
  /** From stored facts, the same for every attempt of one execution. */
  idempotency_key: string;
  proposal_id: string;
  /** When the first attempt of this execution started: a native key is only good for a time. */
  first_attempt_at: Date;
  /** Called right before the request that has the effect: after it, a lost answer is an unknown outcome. */
  dispatching: () => Promise<void>;
  /** Aborted when the attempt's time is up. */
  signal: AbortSignal;
}

/** What the provider said it did, fit for a receipt: ids and states, no personal text. */
export type ExecutionResult = { [key: string]: Json };

export interface Executor {
  readonly repeat: Repeat;
  /** The account or sender an action would run as now; null when the provider is not connected. */
  connection(): string | null;
  /** The exact request, secrets left out. */
  describe(action: Action, idempotency_key: string): { [key: string]: Json };
  /** Throws PermanentError, OutcomeUnknown, or anything else for "surely not done, try again later". */
  run(order: ExecutionOrder): Promise<ExecutionResult>;
  /**
   * Only with `native-key` and `look-before-write`: the result when it was done, null when it surely was not.
   * Throws OutcomeUnknown when the provider cannot tell either, so that only a human can.
   */
  lookUp?(order: LookUpOrder): Promise<ExecutionResult | null>;
}

export type LookUpOrder = Omit<ExecutionOrder, 'dispatching'> & {
  /** When the request may have gone out that is looked for: some providers find a new thing only after a while. */
  dispatched_at?: Date;
};

/** Not ever: the provider refused this request for good. */
export class PermanentError extends Error {
  override name = 'PermanentError';
}

/** Cannot know: the request may have had its effect, and the answer is lost. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown';
}

/** Not now, and the provider said for how long. */
export class NotNow extends Error {
  override name = 'NotNow';
  readonly retry_after_seconds: number | null;

  constructor(message: string, retry_after_seconds: number | null, options?: ErrorOptions) {
    super(message, options);
    this.retry_after_seconds = retry_after_seconds;
  }
}

/** Not now: no answer came at all. The request had no effect, or can be repeated without a second one. */
export class ProviderUnreachable extends Error {
  override name = 'ProviderUnreachable';
  /** What happened to the connection, in words that name no host and nobody. */
  readonly reason: string;

  constructor(message: string, reason: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What happened to the connection; null when the provider answered, whatever it answered. */
export function connectionFailureOf(error: unknown): string | null {
  if (error instanceof ProviderUnreachable) return error.reason;
  return error instanceof OutcomeUnknown ? connectionFailureOf(error.cause) : null;
}
