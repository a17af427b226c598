/** One line of the doctor: what was looked at, how it is, and what to do about it. */
export interface Finding {
  name: string;
  /** `off` is not configured, and nobody's fault; `odd` works, but look at it. */
  state: 'ok' | 'odd' | 'failed' | 'off';
  detail: string;
}

export const signs: Record<Finding['state'], string> = { ok: '✓', odd: '!', failed: '✗', off: '–' };

export const ok = (name: string, detail: string): Finding => ({ name, state: 'ok', detail });
export const odd = (name: string, detail: string): Finding => ({ name, state: 'odd', detail });
export const failed = (name: string, detail: string): Finding => ({ name, state: 'failed', detail });
export const off = (name: string, detail: string): Finding => ({ name, state: 'off', detail });

const check_ms_max = 15_000;

/** Runs one check; one that throws or hangs has failed, and says so. */
export async function examined(name: string, check: () => Promise<Finding | Finding[]>, ms_max = check_ms_max): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => resolve(failed(name, `No answer within ${ms_max / 1_000} s.`)), ms_max);
  });
  const done = check().catch((error: unknown) => failed(name, `${sentenceOf(error)}`));
  const found = await Promise.race([done, late]).finally(() => clearTimeout(timer));
  return Array.isArray(found) ? found : [found];
}

/** The innermost reason that has words. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceOf(error.errors[0]);
  if (error.cause instanceof Error) return sentenceOf(error.cause);
  if (error.name === 'TimeoutError') return 'No answer in time.';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message || code || error.name;
}
