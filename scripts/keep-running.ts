/** Starts a part again when it ends by itself, sooner the longer it had run. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Exit } from './child.ts';

export interface Service {
  name: string;
  /** Resolves when the process that runs now has ended. */
  exited(): Promise<Exit>;
  restart(): Promise<void>;
  /** What it said about its end, when it did. */
  lastWords?(): string;
}

const wait_ms_min = 500;
const wait_ms_max = 30_000;
/** Who ran this long had no trouble starting. */
const settled_ms = 60_000;

export async function keepRunning(service: Service, stopping: AbortSignal, say: (line: string) => void): Promise<void> {
  let wait_ms = wait_ms_min;
  let started_ms = Date.now();
  while (!stopping.aborted) {
    const { code, signal } = await service.exited();
    if (stopping.aborted) return;
    if (Date.now() - started_ms > settled_ms) wait_ms = wait_ms_min;
    const words = service.lastWords?.() ?? '';
    say(
      `${service.name} ended (${signal ?? `exit code ${code}`}); it starts again in ${wait_ms / 1_000} s${words === '' ? '' : `. It said: ${words}`}`,
    );
    await delay(wait_ms, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) return;
    wait_ms = Math.min(wait_ms * 2, wait_ms_max);
    started_ms = Date.now();
    try {
      await service.restart();
    } catch (error) {
      if (!stopping.aborted) say(`${service.name} did not start: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
