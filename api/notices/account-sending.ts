/** Mails to people about their own account: whatever they chose to be told of, and in quiet hours too. */
import {
  accountNoticeAgainIn,
  leaseAccountNotice,
  nextAccountNoticeIn,
  settleAccountNotice,
  type AccountNotice,
} from '../../prisma/account-notices.ts';
import type { Database } from '../../prisma/database.ts';
import type { Logger } from '../log.ts';
import { placeholder_email } from '../owner.ts';
import { accountMailKeyOf, accountMailOf } from './account-mail.ts';
import type { NoticeMail } from './mail.ts';
import type { Pump } from './pump.ts';
import { createSending } from './sending.ts';

export interface AccountSendingDeps {
  db: Pick<Database, 'sql'>;
  mail(mail: NoticeMail, key: string): Promise<void>;
  public_url: string;
  logger: Logger;
}

export function createAccountSending({ db, mail, public_url, logger }: AccountSendingDeps): Pump {
  return createSending<AccountNotice>({
    channel: 'account mail',
    lanes: 1,
    queue: {
      nextIn: () => nextAccountNoticeIn(db.sql),
      lease: () => leaseAccountNotice(db.sql),
      settle: (notice, sent) => settleAccountNotice(db.sql, notice, sent),
      againIn: (notice, seconds) => accountNoticeAgainIn(db.sql, notice, seconds),
    },
    // An owner who came by the first start's link has no mailbox yet.
    prepare: async (notice) =>
      notice.email === placeholder_email ? 'over' : () => mail(accountMailOf(notice, public_url), accountMailKeyOf(notice)),
    idsOf: ({ user_id, kind }) => ({ user_id, kind }),
    logger,
  });
}
