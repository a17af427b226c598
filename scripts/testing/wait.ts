/** Waits for a condition instead of for a time. */
import { setTimeout as delay } from 'node:timers/promises';

const look_every_ms = 25;

/** Resolves to the first value that is neither false, null nor undefined; an error counts as "not yet" and is told when time runs out. */
export async function until<T>(what: string, look: () => T | Promise<T>, within_ms = 20_000): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + within_ms;
  for (;;) {
    let failure: unknown;
    try {
      const seen = await look();
      if (seen !== false && seen !== null && seen !== undefined) return seen as NonNullable<Exclude<T, false>>;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw new Error(`Not within ${within_ms / 1_000} s: ${what}`, { cause: failure });
    await delay(look_every_ms);
  }
}
