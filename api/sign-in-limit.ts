/** How often somebody may fail to sign in: enough for people who mistype, far too little for guessing. */
import type { RateLimiterRes } from 'rate-limiter-flexible';

import { Problem } from '../domain/problem.ts';
import { sha256 } from '../domain/seal.ts';
import type { Database } from '../prisma/database.ts';
import { knowsAddress } from '../prisma/sessions.ts';
import { networkOf } from './client-address.ts';
import { createCounter, forgetOldCounts, tooMany } from './counters.ts';
import {
  account_failures_max,
  account_failures_of_one_network_max,
  account_window_seconds,
  address_failures_max,
  known_network_days,
  sign_in_failures_max,
  sign_in_window_seconds,
} from './limits.ts';

const known_network_seconds = known_network_days * 24 * 60 * 60;

export interface SignInLimit {
  /**
   * Runs one attempt to sign in; one that throws unauthenticated counts as a failure. Attempts from one address run in turn, so that a
   * burst of guesses can neither pass together before the first is counted nor keep everybody else from the processor and the database.
   */
  attempt<T>(address: string, account: string, work: () => Promise<T>): Promise<T>;
}

export function createSignInLimit(db: Pick<Database, 'pool' | 'sql'>): SignInLimit {
  const pair = createCounter(db, { name: 'sign-in-pair', points: sign_in_failures_max, seconds: sign_in_window_seconds });
  const source = createCounter(db, { name: 'sign-in-from', points: address_failures_max, seconds: sign_in_window_seconds });
  const account = createCounter(db, { name: 'sign-in-to', points: account_failures_max, seconds: account_window_seconds });
  const share = createCounter(db, { name: 'sign-in-share', points: account_failures_max, seconds: account_window_seconds });
  const known = createCounter(db, { name: 'sign-in-known', points: 1, seconds: known_network_seconds });
  const turns = new Map<string, Promise<unknown>>();

  async function guarded<T>(address: string, email: string, work: () => Promise<T>): Promise<T> {
    const keys = keysOf(address, email);
    const [by_pair, by_source, by_share, by_account] = await Promise.all([
      pair.get(keys.pair),
      source.get(keys.source),
      share.get(keys.pair),
      account.get(keys.account),
    ]);
    refuseFull(by_pair, sign_in_failures_max);
    refuseFull(by_source, address_failures_max);
    if (isFull(by_share, account_failures_max) || isFull(by_account, account_failures_max)) {
      // Somebody guesses for long, or from many networks. Where the account's owner has been signed in, it is most likely they.
      const is_known = (await known.get(keys.pair)) !== null || (await knowsAddress(db, email, address));
      if (!is_known) [by_share, by_account].forEach((state) => refuseFull(state, account_failures_max));
    }
    try {
      const entered = await work();
      await known.set(keys.pair, 1, known_network_seconds);
      return entered;
    } catch (error) {
      if (error instanceof Problem && error.problem === 'unauthenticated') await count(keys);
      throw error;
    }
  }

  async function count(keys: ReturnType<typeof keysOf>): Promise<void> {
    const [of_network] = await Promise.all([share.penalty(keys.pair), pair.penalty(keys.pair), source.penalty(keys.source)]);
    if (of_network.consumedPoints <= account_failures_of_one_network_max) await account.penalty(keys.account);
    await forgetOldCounts(db);
  }

  return {
    attempt(address, email, work) {
      const from = networkOf(address);
      const turn = (turns.get(from) ?? Promise.resolve()).then(() => guarded(address, email.trim().toLowerCase(), work));
      const settled = turn
        .catch(() => undefined)
        .then(() => {
          if (turns.get(from) === settled) turns.delete(from);
        });
      turns.set(from, settled);
      return turn;
    },
  };
}

function isFull(state: RateLimiterRes | null, failures_max: number): state is RateLimiterRes {
  return state !== null && state.consumedPoints >= failures_max;
}

function refuseFull(state: RateLimiterRes | null, failures_max: number): void {
  if (isFull(state, failures_max)) throw tooMany(state, 'Too many failed attempts to sign in.');
}

/** Digests: a counter's key names neither people nor places. */
function keysOf(address: string, email: string) {
  const from = networkOf(address);
  return { pair: sha256(JSON.stringify([from, email])), source: sha256(from), account: sha256(email) };
}
