/** A real SMTP server that keeps what it is sent, and can be told to fail in the ways real ones do. */
import type { AddressInfo, Socket } from 'node:net';

import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export type SmtpBehaviour =
  | 'accept'
  /** Answers the recipient with this code: 451 is "later", 550 is "never". */
  | { refuse: number }
  /** Takes the whole message and hangs up without an answer, so the sender cannot know; the message counts as delivered. */
  | 'drop_after_data';

export interface ReceivedMail {
  from: string;
  to: string[];
  raw: string;
  parsed: ParsedMail;
}

export interface TestSmtp {
  url: string;
  /** Delivered messages, oldest first. */
  mails: ReceivedMail[];
  /** How often a sender named a recipient, whatever became of it. */
  attempts(): number;
  /** The next deliveries behave so, one each; afterwards mails are accepted. */
  next(...behaviours: SmtpBehaviour[]): void;
  close(): Promise<void>;
}

export async function startSmtp(): Promise<TestSmtp> {
  const mails: ReceivedMail[] = [];
  const queue: SmtpBehaviour[] = [];
  let attempts = 0;
  let behaviour: SmtpBehaviour = 'accept';
  const sockets = new Map<string, { destroy(): void }>();
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo(_address, _session, done) {
      attempts += 1;
      behaviour = queue.shift() ?? 'accept';
      if (typeof behaviour === 'object') return done(Object.assign(new Error('as the test wishes'), { responseCode: behaviour.refuse }));
      done();
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        void simpleParser(raw).then((parsed) => {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), raw, parsed });
          if (behaviour === 'drop_after_data') sockets.get(portKey(session.remoteAddress, session.remotePort))?.destroy();
          else done();
        }, done);
      });
    },
  });
  server.server.on('connection', (socket: Socket) => {
    sockets.set(portKey(socket.remoteAddress, socket.remotePort), socket);
  });
  // A sender that hangs up is part of what is tested.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    attempts: () => attempts,
    next: (...behaviours) => void queue.push(...behaviours),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const portKey = (address: string | undefined, port: number | undefined) => `${address}:${port}`;
