/**
 * What changed, as Postgres announces it: one LISTEN connection for the process, told on by organisation.
 * An announcement says only that there is something new; what it is, the listener reads.
 */
import { z } from 'zod';

import type { Database } from '../prisma/database.ts';
import { listen, type Listening } from '../prisma/listen.ts';

export interface Live {
  start(): void;
  stop(): Promise<void>;
  /** Calls `listener` after each change in the organisation, and after every gap in listening. Returns how to stop. */
  subscribe(org_id: string, listener: () => void): () => void;
  /** Resolves at the next change in the organisation, after `timeout_ms` at the latest. */
  next(org_id: string, timeout_ms: number): Promise<void>;
}

const announcement = z.object({ org_id: z.string() });

export function createLive(db: Pick<Database, 'pool'>): Live {
  const listeners = new Map<string, Set<() => void>>();
  let listening: Listening | null = null;

  function tell(org_id: string): void {
    for (const listener of [...(listeners.get(org_id) ?? [])]) listener();
  }

  function subscribe(org_id: string, listener: () => void): () => void {
    const set = listeners.get(org_id) ?? new Set();
    listeners.set(org_id, set.add(listener));
    return () => set.delete(listener);
  }

  return {
    start() {
      listening = listen(
        db.pool,
        'execops_audit',
        (payload) => tell(announcement.parse(JSON.parse(payload)).org_id),
        () => [...listeners.keys()].forEach(tell),
      );
    },
    async stop() {
      await listening?.stop();
    },
    subscribe,
    next(org_id, timeout_ms) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          unsubscribe();
          resolve();
        };
        const unsubscribe = subscribe(org_id, done);
        const timer = setTimeout(done, timeout_ms);
      });
    },
  };
}
