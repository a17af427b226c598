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
  /** The same for changes in any organisation. */
  subscribeAll(listener: () => void): () => void;
  /** Resolves at the next change in the organisation, after `timeout_ms` at the latest. */
  next(org_id: string, timeout_ms: number): Promise<void>;
  /** Calls `listener` when a session, a key or the membership of this person may have ended; with null, after a gap in listening, of anybody. */
  onAccess(listener: (user_id: string | null) => void): void;
}

const announcement = z.object({ org_id: z.string() });
const audit_channel = 'execops_audit';
const access_channel = 'execops_access';

export function createLive(db: Pick<Database, 'pool'>): Live {
  const listeners = new Map<string, Set<() => void>>();
  const listeners_of_all = new Set<() => void>();
  const access_listeners: ((user_id: string | null) => void)[] = [];
  let listening: Listening | null = null;

  function tellAccess(user_id: string | null): void {
    for (const listener of access_listeners) listener(user_id);
  }

  function tell(org_id: string): void {
    for (const listener of [...(listeners.get(org_id) ?? [])]) listener();
    tellAll();
  }

  function tellAll(): void {
    for (const listener of [...listeners_of_all]) listener();
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
        [audit_channel, access_channel],
        (payload, channel) => (channel === access_channel ? tellAccess(payload) : tell(announcement.parse(JSON.parse(payload)).org_id)),
        () => {
          tellAccess(null);
          [...listeners.keys()].forEach(tell);
          tellAll();
        },
      );
    },
    async stop() {
      await listening?.stop();
    },
    subscribe,
    subscribeAll(listener) {
      listeners_of_all.add(listener);
      return () => listeners_of_all.delete(listener);
    },
    onAccess: (listener) => void access_listeners.push(listener),
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
