/** Notices and webhooks as one part of the web process: what goes out, and what people set up of it. */
import { publicUrlOf, type Environment } from '../../domain/environment.ts';
import type { NoticesApp } from '../../domain/notices.ts';
import type { Database } from '../../prisma/database.ts';
import { keptSecret } from '../../prisma/webhook-secrets.ts';
import type { NoticeMailer } from '../../providers/mail/notice.ts';
import type { Reach } from '../../providers/notices/post.ts';
import { createPushSender } from '../../providers/notices/push.ts';
import { createNoticesApp } from '../apps/notices.ts';
import type { Live } from '../live.ts';
import type { Logger } from '../log.ts';
import { createNotices, type Notices } from './notifier.ts';

export interface NoticesPartDeps {
  environment: Pick<Environment, 'PUBLIC_URL' | 'PORT' | 'BASE_PATH'>;
  db: Database;
  live: Pick<Live, 'subscribeAll'>;
  mailer: NoticeMailer;
  org_id: string;
  logger: Logger;
}

export async function createNoticesPart({
  environment,
  db,
  live,
  mailer,
  org_id,
  logger,
}: NoticesPartDeps): Promise<Notices & { app: NoticesApp }> {
  const public_url = publicUrlOf(environment);
  const reach = reachOf(public_url);
  // It was made as other kept secrets are; its 32 bytes are the private key.
  const secret = Buffer.from((await keptSecret(db, org_id, 'push')).replace(/^whsec_/, ''), 'base64');
  const push = createPushSender({ secret, contact: contactOf(public_url), reach });
  const app = createNoticesApp({ db, reach, push_key: push.key, mail_leaves: mailer.leaves, logger });
  return { ...createNotices({ db, live, mailer, push, reach, public_url, logger }), app };
}

/** Who can be reached on this machine only may tell programs on this machine; a public instance tells nobody behind its own walls. */
export function reachOf(public_url: string): Reach {
  const { protocol, hostname } = new URL(public_url);
  return { this_machine: protocol === 'http:' && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname) };
}

/** To whom a push service may turn. It wants an https address or a mailbox: https://www.rfc-editor.org/rfc/rfc8292#section-2.1 */
function contactOf(public_url: string): string {
  return public_url.startsWith('https:') ? public_url : 'mailto:execops@example.com';
}
