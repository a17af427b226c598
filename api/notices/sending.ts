/** Sends what waits in a queue one by one, by several hands, and again later what did not go out. */
import { NotNow } from '../../domain/executor.ts';
import type { Logger } from '../log.ts';
import { createLanes, type Pump } from './pump.ts';

/** Rows of Postgres that replicas share: whoever leases one sends it. */
export interface Queue<Item> {
  /** In how many milliseconds the first is due; null when nothing waits. */
  nextIn(): Promise<number | null>;
  /** Takes the next one that is due; null when none is. */
  lease(): Promise<Item | null>;
  settle(item: Item, sent: boolean): Promise<void>;
  againIn(item: Item, seconds: number): Promise<void>;
}

export interface Sending<Item> {
  channel: string;
  queue: Queue<Item>;
  /** On their way at once. */
  lanes: number;
  /** How to send it now. Otherwise nothing is left to say, or it was put off. */
  prepare(item: Item): Promise<(() => Promise<void>) | 'over' | 'put_off'>;
  /** What the log says of one that was not sent. */
  idsOf(item: Item): object;
  logger: Logger;
}

/** Thrown where trying again does not help. */
export class NoticeRefused extends Error {
  override name = 'NoticeRefused';
}

/** After so many it is given up. */
const attempts_max = 12;
const back_off_seconds_max = 1_800;

export function createSending<Item extends { attempts: number }>(sending: Sending<Item>): Pump {
  const { channel, queue, lanes, prepare, idsOf, logger } = sending;
  return createLanes({
    count: lanes,
    async lane(_index, stopping) {
      let took = false;
      while (!stopping()) {
        const item = await queue.lease();
        if (item === null) break;
        took = true;
        await take(item);
      }
      return took;
    },
    nextIn: queue.nextIn,
    failed: (error) => logger.warn({ err: error, channel }, 'notices cannot be sent; that is tried again later'),
  });

  async function take(item: Item): Promise<void> {
    const send = await prepare(item);
    if (send === 'put_off') return;
    if (send === 'over') return queue.settle(item, false);
    try {
      await send();
    } catch (error) {
      return later(item, error);
    }
    await queue.settle(item, true);
  }

  async function later(item: Item, error: unknown): Promise<void> {
    const over = error instanceof NoticeRefused || item.attempts >= attempts_max;
    const ids = idsOf(item);
    logger.warn({ err: error, channel, ...ids }, over ? 'a notice was given up' : 'a notice was not sent; it is tried again');
    if (over) return queue.settle(item, false);
    const named = error instanceof NotNow ? (error.retry_after_seconds ?? 0) : 0;
    await queue.againIn(item, Math.max(named, Math.min(back_off_seconds_max, 2 ** Math.min(item.attempts, 11))));
  }
}
