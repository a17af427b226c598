/** Email: over SMTP when SMTP_URL is set, else into a local outbox. */
import { join } from 'node:path';

import type { Action } from '../../domain/action.ts';
import type { Environment } from '../../domain/environment.ts';
import { PermanentError, type ExecutionResult, type Executor } from '../../domain/executor.ts';
import { invitationOf } from './invitation.ts';
import { composeMessage, describeMessage, messageIdOf, parseSender, type Mail, type Sender } from './message.ts';
import { isInOutbox, outboxFileOf, putInOutbox } from './outbox.ts';
import { sendOverSmtp, withoutAddresses } from './smtp.ts';

export type MailEnvironment = Pick<Environment, 'SMTP_URL' | 'MAIL_FROM' | 'DATA_DIR'>;

export function createMailExecutor(environment: MailEnvironment): Executor {
  return sendingExecutor(environment, mailOfEmail);
}

/** Invitations to a calendar and their withdrawals go out as mails, by the same way and under the same name. */
export function calendarExecutors(environment: MailEnvironment) {
  const executor = sendingExecutor(environment, invitationOf);
  return { 'calendar.invite': executor, 'calendar.cancel': executor } satisfies Record<string, Executor>;
}

/** What to send for an action. `at` is the moment that its first attempt started. */
type MailOf = (action: Action, sender: Sender, at: Date) => Mail;

function sendingExecutor(environment: MailEnvironment, mailOf: MailOf): Executor {
  const sender = senderOf(environment);
  return environment.SMTP_URL === undefined
    ? outboxExecutor(outboxFolderOf(environment), sender, mailOf)
    : smtpExecutor(environment.SMTP_URL, sender, mailOf);
}

/** Where mails go while no mail server is configured. */
export function outboxFolderOf({ DATA_DIR }: Pick<Environment, 'DATA_DIR'>): string {
  return join(DATA_DIR, 'outbox');
}

export function senderOf({ MAIL_FROM, SMTP_URL }: Pick<Environment, 'MAIL_FROM' | 'SMTP_URL'>): Sender {
  if (MAIL_FROM !== undefined) return parseSender(MAIL_FROM);
  if (SMTP_URL === undefined) return { name: 'ExecOps', address: 'execops@localhost' };
  const { username, hostname } = new URL(SMTP_URL);
  const user = decodeURIComponent(username);
  return parseSender(user.includes('@') ? user : `execops@${hostname}`);
}

function smtpExecutor(smtp_url: string, sender: Sender, mailOf: MailOf): Executor {
  return {
    repeat: 'never-retry',
    connection: () => `smtp:${sender.address}`,
    describe: (action, key) => describeMessage(mailOf(action, sender, new Date()), sender, messageIdOf(key, sender)),
    async run({ action, idempotency_key, first_attempt_at, dispatching, signal }): Promise<ExecutionResult> {
      const mail = mailOf(action, sender, first_attempt_at);
      const message_id = messageIdOf(idempotency_key, sender);
      const raw = await composeMessage(mail, sender, message_id);
      const reply = await sendOverSmtp(smtp_url, { from: sender.address, to: mail.to, raw, dispatching, signal });
      return { message_id, reply: withoutAddresses(reply).slice(0, 200) };
    },
  };
}

function outboxExecutor(folder: string, sender: Sender, mailOf: MailOf): Executor {
  const resultOf = (key: string): ExecutionResult => ({ message_id: messageIdOf(key, sender), outbox_file: outboxFileOf(key) });
  return {
    repeat: 'look-before-write',
    connection: () => 'outbox:local',
    describe: (action, key) => ({
      ...describeMessage(mailOf(action, sender, new Date()), sender, messageIdOf(key, sender)),
      outbox_file: outboxFileOf(key),
    }),
    async run({ action, idempotency_key, first_attempt_at, dispatching }) {
      const file = outboxFileOf(idempotency_key);
      if (await isInOutbox(folder, file)) return resultOf(idempotency_key);
      const raw = await composeMessage(mailOf(action, sender, first_attempt_at), sender, messageIdOf(idempotency_key, sender));
      await dispatching();
      await putInOutbox(folder, file, raw);
      return resultOf(idempotency_key);
    },
    async lookUp({ idempotency_key }) {
      return (await isInOutbox(folder, outboxFileOf(idempotency_key))) ? resultOf(idempotency_key) : null;
    },
  };
}

function mailOfEmail(action: Action): Mail {
  if (action.action_type !== 'email') throw new PermanentError(`The mail provider cannot run "${action.operation ?? action.action_type}".`);
  return action.payload;
}
