/** One channel's notices about cards: what is not due in quiet hours is kept, what is over is dropped, the rest goes out. */
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
import type { Pump } from './pump.ts';
import { createSending } from './sending.ts';

export interface CardSending {
  db: Pick<Database, 'sql'>;
  channel: Channel;
  /** Notices on their way at once. */
  lanes: number;
  send(notice: Notice, matter: NoticeMatter): Promise<void>;
  logger: Logger;
}

export function createCardSending({ db, channel, lanes, send, logger }: CardSending): Pump {
  return createSending<Notice>({
    channel,
    lanes,
    queue: {
      nextIn: () => nextNoticeIn(db.sql, channel),
      lease: () => leaseNotice(db.sql, channel),
      settle: (notice, sent) => settleNotice(db.sql, notice, sent),
      againIn: (notice, seconds) => noticeAgainIn(db.sql, notice, seconds),
    },
    async prepare(notice) {
      const matter = await matterOf(db.sql, notice);
      if (matter === null) return 'over';
      if (matter === 'not_yet') {
        await noticeAgainIn(db.sql, notice, 1);
        return 'put_off';
      }
      const until = matter.urgency === 'critical' || notice.kind === 'closed' ? null : await quietUntilFor(db.sql, notice.org_id);
      if (until === null) return () => send(notice, matter);
      await holdNotice(db.sql, notice, until);
      return 'put_off';
    },
    idsOf: ({ proposal_id, user_id }) => ({ proposal_id, user_id }),
    logger,
  });
}
