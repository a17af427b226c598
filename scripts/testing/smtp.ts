/** A real SMTP server that keeps what it is sent, and can be told to fail in the ways real ones do. */
import type { AddressInfo, Socket } from 'node:net';

import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

export type SmtpBehaviour =
  | 'accept'
  /** Answers the recipient with this code: 451 is "later", 550 is "never". */
  | { refuse: number }
  /** Takes the whole message and hangs up without an answer, so the sender cannot know; the message counts as delivered. */
  | 'drop_after_data'
  /** Says nothing until then: before the go-ahead for the message, or after the whole of it was taken, which counts as delivered. */
  | { hold: 'before_data' | 'before_reply'; until: Promise<unknown> };

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
  mailsTo(recipient: string): ReceivedMail[];
  /** When a sender named a recipient, whatever became of it, in milliseconds since 1970. */
  attempts(recipient?: string): number[];
  /** The next deliveries behave so, one each; afterwards mails are accepted. */
  next(...behaviours: SmtpBehaviour[]): void;
  /** The same for the next deliveries to one recipient, which come before those to anybody. */
  nextTo(recipient: string, ...behaviours: SmtpBehaviour[]): void;
  close(): Promise<void>;
}

export async function startSmtp({ port = 0 }: { port?: number } = {}): Promise<TestSmtp> {
  const mails: ReceivedMail[] = [];
  const queue: SmtpBehaviour[] = [];
  const queues = new Map<string, SmtpBehaviour[]>();
  const named: { recipient: string; at_ms: number }[] = [];
  const behaviours = new WeakMap<SMTPServerSession, SmtpBehaviour>();
  const sockets = new Map<string, Socket>();
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo({ address }, session, done) {
      named.push({ recipient: address, at_ms: Date.now() });
      const behaviour = queues.get(address)?.shift() ?? queue.shift() ?? 'accept';
      behaviours.set(session, behaviour);
      if (typeof behaviour !== 'object') return done();
      // Real servers like to repeat the recipient.
      if ('refuse' in behaviour) return done(Object.assign(new Error(`<${address}> is refused`), { responseCode: behaviour.refuse }));
      if (behaviour.hold === 'before_reply') return done();
      void behaviour.until.then(() => done());
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        void simpleParser(raw).then((parsed) => {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), raw, parsed });
          const behaviour = behaviours.get(session) ?? 'accept';
          if (behaviour === 'drop_after_data') sockets.get(portKey(session.remoteAddress, session.remotePort))?.destroy();
          else if (typeof behaviour === 'object' && 'hold' in behaviour) void behaviour.until.then(() => done());
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
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    mailsTo: (recipient) => mails.filter(({ to }) => to.includes(recipient)),
    attempts: (recipient) => named.filter((one) => recipient === undefined || one.recipient === recipient).map(({ at_ms }) => at_ms),
    next: (...wished) => void queue.push(...wished),
    nextTo: (recipient, ...wished) => void queues.set(recipient, [...(queues.get(recipient) ?? []), ...wished]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

const portKey = (address: string | undefined, port: number | undefined) => `${address}:${port}`;
