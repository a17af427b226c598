/** How often a person or key may call, over all replicas. */
import { sha256 } from '../domain/seal.ts';
import { Problem } from '../domain/problem.ts';
import type { Database } from '../prisma/database.ts';
import { createCounter, forgetOldCounts, tooMany } from './counters.ts';
import { guesses_max, guesses_window_seconds, requests_batch, requests_max, requests_window_seconds } from './limits.ts';
import { networkOf } from './client-address.ts';

export interface RateLimit {
  /** Counts one call. Throws too_many_requests when the window is full. */
  take(key: string): void;
}

interface Window {
  /** Calls that were counted here and that Postgres does not know of yet. */
  untold: number;
  /** Calls that all replicas had told when this one last did. */
  told: number;
}

const cleaning_flushes = 100;

/**
 * A write for each call would cost as much as the call itself. So calls are counted here, in windows that begin at the same moment
 * everywhere, and told to Postgres by the batch: another replica may let through that many more, and nobody waits for it.
 */
export function createRateLimit(db: Pick<Database, 'pool' | 'sql'>, now: () => number = Date.now): RateLimit {
  const window_ms = requests_window_seconds * 1000;
  const counter = createCounter(db, { name: 'calls', points: requests_max, seconds: 2 * requests_window_seconds });
  let current = 0;
  let flushes = 0;
  const windows = new Map<string, Window>();

  function tell(key: string, window: Window): void {
    const points = window.untold;
    window.untold = 0;
    window.told += points;
    counter.penalty(`${current}:${key}`, points).then(
      // While this was under way more may have been told.
      (state) => (window.told = Math.max(window.told, state.consumedPoints)),
      // Postgres is away and this process counts for itself.
      () => undefined,
    );
    flushes += 1;
    if (flushes % cleaning_flushes === 0) forgetOldCounts(db).catch(() => undefined);
  }

  return {
    take(key) {
      const number = Math.floor(now() / window_ms);
      if (number !== current) {
        current = number;
        windows.clear();
      }
      const window = windows.get(key) ?? { untold: 0, told: 0 };
      windows.set(key, window);
      if (window.told + window.untold >= requests_max) {
        const retry_after_seconds = Math.max(1, Math.ceil(((number + 1) * window_ms - now()) / 1000));
        throw new Problem(
          'too_many_requests',
          `More than ${requests_max} calls in ${requests_window_seconds} seconds. Try again in ${retry_after_seconds} s.`,
          { retry_after_seconds },
        );
      }
      window.untold += 1;
      if (window.untold >= requests_batch) tell(key, window);
    },
  };
}

export interface GuessLimit {
  /** Runs what looks a secret up. One that is not known counts against the address, whichever secret it was. */
  attempt<T>(address: string, work: () => Promise<T>): Promise<T>;
}

const unknown_secret: readonly string[] = ['unauthenticated', 'not_found'];

export function createGuessLimit(db: Pick<Database, 'pool'>): GuessLimit {
  const counter = createCounter(db, { name: 'guess', points: guesses_max, seconds: guesses_window_seconds });
  return {
    async attempt(address, work) {
      const key = sha256(networkOf(address));
      // Counted before it is looked up, so that guesses at the same time count too; what was right is given back.
      await counter.consume(key).catch((state: unknown) => {
        throw tooMany(state, 'Too many links or codes that are not known.');
      });
      try {
        const found = await work();
        await counter.reward(key);
        return found;
      } catch (error) {
        if (!(error instanceof Problem) || !unknown_secret.includes(error.problem)) await counter.reward(key);
        throw error;
      }
    },
  };
}
