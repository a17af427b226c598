/** Lets actions through to a provider, or has them wait while it does not answer. */
import type { Logger } from 'pino';

import type { ProviderName } from '../domain/breaker.ts';
import { connectionFailureOf, NotNow, OutcomeUnknown, PermanentError, type Executor } from '../domain/executor.ts';
import { admit, noteAnswer, noteFailure, releaseTrial } from '../prisma/breakers.ts';
import type { Database } from '../prisma/database.ts';
import { retryIn } from './retry-in.ts';

/** Whoever waits looks again this often, so that nothing waits long after the provider is back. */
const look_again_ms_max = 10_000;
const look_again_ms_min = 500;

export interface Passage {
  /** The same executor, whose calls tell the breaker whether anybody answered. */
  watch(executor: Executor): Executor;
  /** Ends the passage: a trial that found nothing out leaves it to the next. */
  end(): Promise<void>;
}

/** Throws while the provider does not answer: not an attempt, so Temporal calls again. A null provider always answers. */
export async function passTo(
  { db, logger }: { db: Pick<Database, 'sql'>; logger: Logger },
  provider: ProviderName | null,
): Promise<Passage> {
  if (provider === null) return { watch: (executor) => executor, end: async () => undefined };
  const admission = await admit(db.sql, provider);
  if (admission.admitted === 'no') {
    throw retryIn('BreakerOpen', Math.min(Math.max(Math.ceil(admission.wait_ms), look_again_ms_min), look_again_ms_max));
  }
  let told = false;

  /** What the breaker cannot be told must not cost the outcome, which is still to be recorded. */
  async function tell(note: Promise<void>): Promise<void> {
    told = true;
    await note.catch((error: unknown) => logger.warn({ err: error, provider }, 'the breaker could not be told'));
  }
  const watched = <T>(call: Promise<T>): Promise<T> =>
    call.then(
      async (result) => {
        await tell(noteAnswer(db.sql, provider));
        return result;
      },
      async (error: unknown) => {
        const reason = connectionFailureOf(error);
        if (reason !== null) await tell(noteFailure(db.sql, provider, reason));
        else if (isAnswer(error)) await tell(noteAnswer(db.sql, provider));
        throw error;
      },
    );

  return {
    watch: (executor) => ({
      ...executor,
      run: (order) => watched(executor.run(order)),
      lookUp: executor.lookUp && ((order) => watched(executor.lookUp?.(order) ?? Promise.resolve(null))),
    }),
    async end() {
      if (!told && admission.admitted === 'trial') await releaseTrial(db.sql, provider);
    },
  };
}

/** An error of ours, such as a database that is down, says nothing about the provider. */
function isAnswer(error: unknown): boolean {
  return error instanceof PermanentError || error instanceof NotNow || error instanceof OutcomeUnknown;
}
