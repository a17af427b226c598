/** What Stripe can be asked to do. A repeat within a day carries the same idempotency key; a later one looks first. */
import Stripe from 'stripe';

import type { Action } from '../../domain/action.ts';
import type { PauseCollectionPayload } from '../../domain/operations.ts';
import {
  NotNow,
  OutcomeUnknown,
  PermanentError,
  ProviderUnreachable,
  type ExecutionOrder,
  type ExecutionResult,
  type Executor,
} from '../../domain/executor.ts';
import { connectionLoss } from '../connection.ts';
import { retryAfterOf } from '../http.ts';
import { readSubscription } from './shapes.ts';

/** Stripe forgets a key after 24 hours at the earliest: https://docs.stripe.com/api/idempotent_requests */
const key_hours_max = 23;

export interface StripeAccount {
  stripe: Stripe;
  /** `stripe:acct_…`. */
  connection: string;
}

/** The account behind the key, so that an approval is bound to it; the key's mode where the key may not tell. */
export async function connectionOf(stripe: Stripe, api_key: string, budget_ms = 3_000): Promise<string> {
  try {
    const account = await stripe.accounts.retrieveCurrent({}, { timeout: budget_ms });
    return `stripe:${account.id}`;
  } catch (error) {
    // A restricted key may not read its account, and Stripe may be down while we start.
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    return /^[sr]k_test_/.test(api_key) ? 'stripe:test' : 'stripe:live';
  }
}

export function createPauseCollection(account: StripeAccount | null): Executor {
  return subscriptionExecutor(account, {
    update: (action) => {
      if (action.operation !== 'stripe.pause_collection') throw wrongAction(action);
      const { behavior, resumes_at } = action.payload;
      return { subscription: action.payload.subscription, params: { pause_collection: { behavior, resumes_at: secondsOf(resumes_at) } } };
    },
    isDone: (subscription, action) => action.operation === 'stripe.pause_collection' && isPausedAs(subscription, action.payload),
  });
}

export function createResumeCollection(account: StripeAccount | null): Executor {
  return subscriptionExecutor(account, {
    update: (action) => {
      if (action.operation !== 'stripe.resume_collection') throw wrongAction(action);
      return { subscription: action.payload.subscription, params: { pause_collection: '' } };
    },
    isDone: (subscription) => !subscription.pause_collection,
  });
}

interface SubscriptionChange {
  update(action: Action): { subscription: string; params: Stripe.SubscriptionUpdateParams };
  isDone(subscription: Stripe.Subscription, action: Action): boolean;
}

function subscriptionExecutor(account: StripeAccount | null, change: SubscriptionChange): Executor {
  return {
    repeat: 'native-key',
    connection: () => account?.connection ?? null,
    describe(action, idempotency_key) {
      const { subscription, params } = change.update(action);
      return {
        method: 'POST',
        path: `/v1/subscriptions/${subscription}`,
        headers: { 'Idempotency-Key': idempotency_key },
        form: JSON.parse(JSON.stringify(params)),
      };
    },
    async run(order) {
      const { stripe } = connected(account);
      const { subscription, params } = change.update(order.action);
      const key_is_good = isKeyGood(order);
      if (!key_is_good) {
        const done = await lookUp(order);
        if (done !== null) return done;
      }
      order.signal.throwIfAborted();
      await order.dispatching();
      try {
        return resultOf(
          await beforeAbort(stripe.subscriptions.update(subscription, params, { idempotencyKey: order.idempotency_key }), order.signal),
        );
      } catch (error) {
        throw meaningOf(error, key_is_good);
      }
    },
    lookUp,
  };

  async function lookUp({ action, signal }: Pick<ExecutionOrder, 'action' | 'signal'>): Promise<ExecutionResult | null> {
    const { stripe } = connected(account);
    const found = await beforeAbort(stripe.subscriptions.retrieve(change.update(action).subscription), signal);
    return change.isDone(found, action) ? resultOf(found) : null;
  }
}

function isPausedAs({ pause_collection }: Stripe.Subscription, wanted: PauseCollectionPayload): boolean {
  return pause_collection?.behavior === wanted.behavior && pause_collection.resumes_at === secondsOf(wanted.resumes_at);
}

function resultOf(subscription: Stripe.Subscription): ExecutionResult {
  const read = readSubscription(JSON.parse(JSON.stringify(subscription)));
  return { subscription: subscription.id, status: subscription.status ?? null, pause_collection: read?.pause_collection ?? null };
}

const secondsOf = (time: string): number => Math.floor(Date.parse(time) / 1000);

function isKeyGood({ first_attempt_at }: Pick<ExecutionOrder, 'first_attempt_at'>): boolean {
  return Date.now() - first_attempt_at.getTime() < key_hours_max * 3_600_000;
}

function connected(account: StripeAccount | null): StripeAccount {
  if (account === null) throw new PermanentError('Stripe is not connected: set STRIPE_API_KEY.');
  return account;
}

const wrongAction = (action: Action) => new PermanentError(`This executor cannot run "${action.operation ?? action.action_type}".`);

async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error('The attempt took too long.'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}

const refusals_for_now = new Set([409, 429]);

/** While the key is good a lost answer costs nothing: the same request again has no second effect. */
function meaningOf(error: unknown, key_is_good: boolean): Error {
  const cause = error instanceof Error ? error : new Error(String(error));
  const status = cause instanceof Stripe.errors.StripeError ? (cause.statusCode ?? null) : null;
  if (status !== null && status >= 400 && status < 500 && !refusals_for_now.has(status)) {
    return new PermanentError(`Stripe refused it (${status}${codeOf(cause)}).`, { cause });
  }
  if (status !== null) return new NotNow(`Stripe could not do it now (${status}).`, retryAfterOf(headersOf(cause)), { cause });
  const loss = connectionLoss(detailOf(cause) ?? cause);
  const unreachable = new ProviderUnreachable('Stripe did not answer.', loss.reason, { cause });
  if (key_is_good || loss.never_sent) return unreachable;
  return new OutcomeUnknown('Stripe did not answer, and the first attempt is too long ago for a safe repeat.', { cause: unreachable });
}

function codeOf(error: Error): string {
  return error instanceof Stripe.errors.StripeError && /^[a-z_]{1,60}$/.test(error.code ?? '') ? `, ${error.code}` : '';
}

/** What the operating system said, which Stripe's client keeps here. */
function detailOf(error: Error): Error | null {
  const detail = error instanceof Stripe.errors.StripeConnectionError ? error.detail : undefined;
  return detail instanceof Error ? detail : null;
}

function headersOf(error: Error): { get(name: string): string | null } {
  const headers = error instanceof Stripe.errors.StripeError ? (error.headers ?? {}) : {};
  return { get: (name) => headers[name] ?? null };
}
