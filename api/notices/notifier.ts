/**
 * Tells people and programs what changed, without ever deciding anything. It is told that something changed, never what: whom each
 * change concerns is planned in Postgres, so that nothing is missed and several replicas share the work.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { NotNow } from '../../domain/executor.ts';
import type { Database } from '../../prisma/database.ts';
import { forgetDevice, holdingOrganisations, releaseNotices } from '../../prisma/notices.ts';
import { quietUntilFor } from '../../prisma/quiet-hours.ts';
import { planNext, tellingOrganisations } from '../../prisma/telling.ts';
import { MailRefused, type NoticeMailer } from '../../providers/mail/notice.ts';
import { PostFailed, type Reach } from '../../providers/notices/post.ts';
import { PushGone, type PushSender } from '../../providers/notices/push.ts';
import type { Live } from '../live.ts';
import type { Logger } from '../log.ts';
import { createAccountSending } from './account-sending.ts';
import { createCardSending } from './card-sending.ts';
import { mailKeyOf, mailOf, type NoticeMail } from './mail.ts';
import { createPump } from './pump.ts';
import { pushOf, topicOf, ttlSecondsOf } from './push.ts';
import { NoticeRefused } from './sending.ts';
import { createWebhookSending } from './webhooks.ts';

export interface Notices {
  start(): void;
  stop(): Promise<void>;
}

export interface NoticesDeps {
  db: Database;
  live: Pick<Live, 'subscribeAll'>;
  mailer: NoticeMailer;
  push: PushSender;
  reach: Reach;
  public_url: string;
  logger: Logger;
}

const mail_lanes = 2;
const push_lanes = 8;
/** What is on its way longer than that is left to its lease, and goes out again from another process. */
const stop_ms_max = 4_000;

export function createNotices({ db, live, mailer, push, reach, public_url, logger }: NoticesDeps): Notices {
  async function mail(message: NoticeMail, key: string): Promise<void> {
    await mailer.send(message, key).catch((error: unknown) => {
      if (error instanceof MailRefused && !error.again) throw new NoticeRefused(error.message, { cause: error });
      throw error;
    });
  }

  const mails = createCardSending({
    db,
    channel: 'mail',
    lanes: mail_lanes,
    logger,
    send: (notice, matter) => mail(mailOf(notice, matter, public_url), mailKeyOf(notice)),
  });

  const pushes = createCardSending({
    db,
    channel: 'push',
    lanes: push_lanes,
    logger,
    async send(notice, matter) {
      const { endpoint, p256dh, auth } = matter;
      if (endpoint === null || p256dh === null || auth === null) throw new NoticeRefused('The device was removed.');
      const message = {
        subscription: { endpoint, keys: { p256dh, auth } },
        data: pushOf(notice, matter),
        ttl_seconds: ttlSecondsOf(matter),
        urgent: matter.urgency !== 'low' && notice.kind !== 'closed',
        topic: topicOf(notice),
      };
      try {
        await push.send(message);
      } catch (error) {
        if (error instanceof PushGone) await forgetDevice(db.sql, notice.target);
        const may_help = error instanceof NotNow || (error instanceof PostFailed && !error.refused);
        throw may_help ? error : new NoticeRefused('The push service does not take it.', { cause: error });
      }
    },
  });

  const webhooks = createWebhookSending({ db, reach, logger });
  const accounts = createAccountSending({ db, mail, public_url, logger });
  const sendings = [accounts, mails, pushes, webhooks];

  const planning = createPump({
    async sweep(stopping) {
      for (const org_id of await tellingOrganisations(db.sql)) {
        while (!stopping() && (await planNext(db, org_id, public_url)));
      }
      for (const org_id of await holdingOrganisations(db.sql)) {
        if ((await quietUntilFor(db.sql, org_id)) === null) await releaseNotices(db.sql, org_id);
      }
      for (const sending of sendings) sending.rouse();
      return null;
    },
    failed: (error) => logger.warn({ err: error }, 'what is to be told could not be planned; that is tried again later'),
  });

  let unsubscribe: () => void = () => undefined;
  return {
    start() {
      unsubscribe = live.subscribeAll(planning.rouse);
      planning.rouse();
    },
    async stop() {
      unsubscribe();
      await planning.stop();
      const stopped = Promise.all(sendings.map((sending) => sending.stop()));
      await Promise.race([stopped, delay(stop_ms_max, undefined, { ref: false })]);
    },
  };
}
