/**
 * Mails to the organisation's own people: invitations and notices, which are no actions. They go out by the same way as those,
 * and without a mail server they stay in a folder of their own, so that none is taken for something that was approved.
 */
import { join } from 'node:path';

import { NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable } from '../../domain/executor.ts';
import type { Environment } from '../../domain/environment.ts';
import { composeMessage, messageIdOf, type Mail } from './message.ts';
import { senderOf, type MailEnvironment } from './outbound.ts';
import { outboxFileOf, putInOutbox } from './outbox.ts';
import { sendOverSmtp } from './smtp.ts';

export interface NoticeMailer {
  /** Whether mails leave this machine. */
  leaves: boolean;
  /** `key` becomes the Message-ID and the file's name. Throws a `MailRefused` when the mail did not surely go out. */
  send(mail: Mail, key: string): Promise<void>;
}

/** `message` says why in a sentence; `again` is whether trying later can help. */
export class MailRefused extends Error {
  override name = 'MailRefused';
  readonly again: boolean;

  constructor(message: string, again: boolean, options?: ErrorOptions) {
    super(message, options);
    this.again = again;
  }
}

const send_ms_max = 15_000;

export function createNoticeMailer(environment: MailEnvironment): NoticeMailer {
  const sender = senderOf(environment);
  const { SMTP_URL: smtp_url } = environment;
  if (smtp_url === undefined) {
    const folder = noticesFolderOf(environment);
    return {
      leaves: false,
      send: async (mail, key) => putInOutbox(folder, outboxFileOf(key), await composeMessage(mail, sender, messageIdOf(key, sender))),
    };
  }
  return {
    leaves: true,
    async send(mail, key) {
      const raw = await composeMessage(mail, sender, messageIdOf(key, sender));
      const signal = AbortSignal.timeout(send_ms_max);
      try {
        await sendOverSmtp(smtp_url, { from: sender.address, to: mail.to, raw, dispatching: async () => undefined, signal });
      } catch (error) {
        throw refusalOf(error);
      }
    },
  };
}

/** Where such mails stay while no mail server is configured. */
export function noticesFolderOf({ DATA_DIR }: Pick<Environment, 'DATA_DIR'>): string {
  return join(DATA_DIR, 'notices');
}

function refusalOf(error: unknown): unknown {
  if (error instanceof PermanentError) return new MailRefused(error.message, false, { cause: error });
  if (error instanceof NotNow || error instanceof OutcomeUnknown || error instanceof ProviderUnreachable)
    return new MailRefused(error.message, true, { cause: error });
  return error;
}
