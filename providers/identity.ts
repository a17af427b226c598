/** As whom a provider knows us, so that an approval is bound to it. Read at the start; a start never fails for it. */
import { PermanentError } from '../domain/executor.ts';

export interface Identity {
  /** Null while the provider refuses our token: then it is not connected. */
  connection(): string | null;
  /** What to tell a person about it. */
  detail(): string;
}

const read_again_after_ms = 15_000;
/** A start waits this long for the answer; it still counts when it comes later. */
const start_ms_max = 3_000;

/**
 * `read` asks the provider who we are. While it cannot be reached, the connection is `fallback`, and each use
 * after a while asks again: no timer does.
 */
export async function identify(read: () => Promise<string>, fallback: string): Promise<Identity> {
  let known: string | null = fallback;
  let refusal: string | null = null;
  let settled = false;
  let asked_at = 0;
  const ask = async (): Promise<void> => {
    asked_at = Date.now();
    try {
      known = await read();
      refusal = null;
      settled = true;
    } catch (error) {
      // What it is called is not worth a failed start; what stands in the way is told where connections are listed.
      if (error instanceof PermanentError) [known, refusal] = [null, error.message];
    }
  };
  const first = ask();
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, start_ms_max).unref())]);
  const current = (): string | null => {
    if (!settled && Date.now() - asked_at > read_again_after_ms) void ask();
    return known;
  };
  return {
    connection: current,
    detail: () => refusal ?? current()?.replace(/^[a-z]+:/, '') ?? fallback,
  };
}
