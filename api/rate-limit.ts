/** Counters in memory, one set per process: what they guard against is a flood, and a flood needs no exact count across replicas. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import { Problem } from '../domain/problem.ts';
import { address_failures_max, requests_max, requests_window_seconds, sign_in_failures_max, sign_in_window_seconds } from './limits.ts';

export interface RateLimit {
  /** Counts one call. Throws too_many_requests when the window is full. */
  take(key: string): Promise<void>;
}

export function createRateLimit(): RateLimit {
  const limiter = new RateLimiterMemory({ points: requests_max, duration: requests_window_seconds });
  return {
    async take(key) {
      await limiter.consume(key).catch((error: unknown) => {
        throw tooMany(error, `More than ${requests_max} calls in ${requests_window_seconds} seconds.`);
      });
    },
  };
}

export interface SignInLimit {
  /**
   * Runs one attempt to sign in; one that throws unauthenticated counts as a failure. Attempts from one address run in turn, so that a
   * burst of guesses can neither pass together before the first is counted nor keep everybody else from the processor and the database.
   */
  attempt<T>(address: string, account: string, work: () => Promise<T>): Promise<T>;
}

export function createSignInLimit(): SignInLimit {
  const by_account = new RateLimiterMemory({ keyPrefix: 'account', points: sign_in_failures_max, duration: sign_in_window_seconds });
  const by_address = new RateLimiterMemory({ keyPrefix: 'address', points: address_failures_max, duration: sign_in_window_seconds });
  const turns = new Map<string, Promise<unknown>>();

  async function guarded<T>(address: string, key: string, work: () => Promise<T>): Promise<T> {
    for (const [limiter, counted] of [
      [by_account, key],
      [by_address, address],
    ] as const) {
      const state = await limiter.get(counted);
      if (state !== null && state.consumedPoints >= limiter.points) throw tooMany(state, 'Too many failed attempts to sign in.');
    }
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem && error.problem === 'unauthenticated') {
        await by_account.penalty(key);
        await by_address.penalty(address);
      }
      throw error;
    }
  }

  return {
    attempt(address, account, work) {
      const key = JSON.stringify([address, account.trim().toLowerCase()]);
      const turn = (turns.get(address) ?? Promise.resolve()).then(() => guarded(address, key, work));
      const settled = turn
        .catch(() => undefined)
        .then(() => {
          if (turns.get(address) === settled) turns.delete(address);
        });
      turns.set(address, settled);
      return turn;
    },
  };
}

function tooMany(state: unknown, detail: string): unknown {
  if (!(state instanceof RateLimiterRes)) return state;
  const retry_after_seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
  return new Problem('too_many_requests', `${detail} Try again in ${retry_after_seconds} s.`, { retry_after_seconds });
}
