/** Takes one channel's notices one by one: what is not due in quiet hours is kept, what is over is dropped, the rest goes out. */
import { NotNow } from '../../domain/executor.ts';
import type { Database } from '../../prisma/database.ts';
import {
  holdNotice,
  leaseNotice,
  matterOf,
  nextNoticeIn,
  noticeAgainIn,
  settleNotice,
  type Channel,
  type Notice,
  type NoticeMatter,
} from '../../prisma/notices.ts';
import { quietUntilFor } from '../../prisma/quiet-hours.ts';
import type { Logger } from '../log.ts';
import { createPump, inLanes, type Pump } from './pump.ts';

export interface Sending {
  db: Pick<Database, 'sql'>;
  channel: Channel;
  /** Notices on their way at once. */
  lanes: number;
  send(notice: Notice, matter: NoticeMatter): Promise<void>;
  logger: Logger;
}

/** Thrown where trying again does not help. */
export class NoticeRefused extends Error {
  override name = 'NoticeRefused';
}

/** After so many it is given up: the inbox has the card all the same. */
const attempts_max = 12;
const back_off_seconds_max = 1_800;

export function createSending({ db, channel, lanes, send, logger }: Sending): Pump {
  return createPump({
    async sweep(stopping) {
      const due_in_ms = await nextNoticeIn(db.sql, channel);
      if (due_in_ms === null || due_in_ms > 0) return due_in_ms;
      await inLanes(lanes, async () => {
        while (!stopping()) {
          const notice = await leaseNotice(db.sql, channel);
          if (notice === null) return;
          await take(notice);
        }
      });
      return nextNoticeIn(db.sql, channel);
    },
    failed: (error) => logger.warn({ err: error, channel }, 'notices cannot be sent; that is tried again later'),
  });

  async function take(notice: Notice): Promise<void> {
    const matter = await matterOf(db.sql, notice);
    if (matter === null) return settleNotice(db.sql, notice, false);
    if (matter === 'not_yet') return noticeAgainIn(db.sql, notice, 1);
    const until = matter.urgency === 'critical' || notice.kind === 'closed' ? null : await quietUntilFor(db.sql, notice.org_id);
    if (until !== null) return holdNotice(db.sql, notice, until);
    try {
      await send(notice, matter);
    } catch (error) {
      return later(notice, error);
    }
    await settleNotice(db.sql, notice, true);
  }

  async function later(notice: Notice, error: unknown): Promise<void> {
    const over = error instanceof NoticeRefused || notice.attempts >= attempts_max;
    const { proposal_id, user_id } = notice;
    logger.warn({ err: error, channel, proposal_id, user_id }, over ? 'a notice was given up' : 'a notice was not sent; it is tried again');
    if (over) return settleNotice(db.sql, notice, false);
    const named = error instanceof NotNow ? (error.retry_after_seconds ?? 0) : 0;
    const seconds = Math.max(named, Math.min(back_off_seconds_max, 2 ** Math.min(notice.attempts, 11)));
    await noticeAgainIn(db.sql, notice, seconds);
  }
}
