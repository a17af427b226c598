/** Counters in Postgres by rate-limiter-flexible, so that replicas share them; while Postgres is away each process counts for itself. */
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

import { Problem } from '../domain/problem.ts';
import type { Database } from '../prisma/database.ts';

/** So many points in so many seconds, for each key. */
export interface Quota {
  name: string;
  points: number;
  seconds: number;
}

export function createCounter({ pool }: Pick<Database, 'pool'>, { name, points, seconds }: Quota): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: seconds,
    // Nothing here runs by a clock: what has run out is thrown away when somebody counts.
    clearExpiredByTimeout: false,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points, duration: seconds }),
  });
}

export async function forgetOldCounts({ sql }: Pick<Database, 'sql'>): Promise<void> {
  await sql`delete from rate_limits where expire < ${Date.now()}`;
}

/** The refusal of a quota that is used up, with the time to wait; anything else is what it was. */
export function tooMany(state: unknown, detail: string): unknown {
  if (!(state instanceof RateLimiterRes)) return state;
  const retry_after_seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
  return new Problem('too_many_requests', `${detail} Try again in ${retry_after_seconds} s.`, { retry_after_seconds });
}
