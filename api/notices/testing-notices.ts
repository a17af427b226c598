/** Web processes as far as notices are concerned, over one database, with a mail server, a push service and a receiver that are real. */
import { Webhook } from 'standardwebhooks';
import { pino, type Logger } from 'pino';

import type { Person } from '../../domain/app.ts';
import type { NoticePreferences } from '../../domain/notices.ts';
import { addDevice, setPreferences } from '../../prisma/notice-preferences.ts';
import { addEndpoint } from '../../prisma/webhook-endpoints.ts';
import { keptSecret } from '../../prisma/webhook-secrets.ts';
import { createNoticeMailer } from '../../providers/mail/notice.ts';
import { createPushSender } from '../../providers/notices/push.ts';
import { member } from '../../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../../scripts/testing/database.ts';
import { startPeer, type Peer, type PeerRequest } from '../../scripts/testing/peer.ts';
import { startPushService } from '../../scripts/testing/push-service.ts';
import { startSmtp } from '../../scripts/testing/smtp.ts';
import { createLive } from '../live.ts';
import { createNotices, type Notices } from './notifier.ts';

export const public_url = 'http://localhost:3000';
const this_machine = { this_machine: true };

export type NoticesStage = Awaited<ReturnType<typeof startNoticesStage>>;

export interface Hook {
  id: string;
  secret: string;
  peer: Peer;
  /** What the receiver got and could verify, oldest first. */
  messages(): { id: string; type: string; data: Record<string, unknown> }[];
}

export async function startNoticesStage() {
  const place = await testDatabase();
  const { db, org_id } = place;
  const [smtp, push] = await Promise.all([startSmtp(), startPushService()]);
  const secret = Buffer.from((await keptSecret(db, org_id, 'push')).slice('whsec_'.length), 'base64');
  const sender = createPushSender({ secret, contact: 'mailto:ops@example.com', reach: this_machine });
  const mailer = createNoticeMailer({ SMTP_URL: smtp.url, MAIL_FROM: 'Ops <ops@example.com>', DATA_DIR: '/nowhere' });
  const stops: (() => Promise<void>)[] = [];
  const peers: Peer[] = [];

  return {
    place,
    db,
    org_id,
    smtp,
    push,
    /** One more web process. */
    replica(logger: Logger = pino({ level: 'silent' })): Notices {
      const live = createLive(db);
      const notices = createNotices({ db, live, mailer, push: sender, reach: this_machine, public_url, logger });
      notices.start();
      live.start();
      stops.push(async () => {
        await notices.stop();
        await live.stop();
      });
      return notices;
    },
    /** Somebody who wants to be told. */
    async told(wanted: Partial<NoticePreferences>, options: Parameters<typeof member>[2] = {}): Promise<Person> {
      const person = await member(db, org_id, options);
      await setPreferences(db, person, wanted);
      return person;
    },
    async device(person: Person) {
      const subscription = push.subscribe(sender.key);
      return { ...(await addDevice(db, person, subscription, 'Chrome on Android')), subscription };
    },
    async hook(person: Person, events: string[] = []): Promise<Hook> {
      const peer = await startPeer(() => ({ status: 204 }));
      peers.push(peer);
      const added = await addEndpoint(db, person, { url: `${peer.url}/hook`, events: events as [] });
      return { id: added.id, secret: added.secret, peer, messages: () => peer.requests.map((request) => verified(request, added.secret)) };
    },
    /** What an approved change would set. */
    quiet: (from: string, to: string) => setQuietHours(place, { from, to, time_zone: 'UTC' }),
    async close() {
      for (const stop of stops.splice(0)) await stop();
      await Promise.all([smtp.close(), push.close(), ...peers.map((peer) => peer.close())]);
      await place.close();
    },
  };
}

/** By the library of the scheme, as a receiver would. */
export function verified({ text, headers }: PeerRequest, secret: string) {
  const message = new Webhook(secret).verify(text, headers as Record<string, string>) as { type: string; data: Record<string, unknown> };
  return { id: String(headers['webhook-id']), ...message };
}

async function setQuietHours({ url, org_id }: TestDatabase, hours: { from: string; to: string; time_zone: string }): Promise<void> {
  for (const [name, value] of Object.entries(hours))
    await asOwner(
      url,
      `insert into settings (org_id, key, value, changed_by, proposal_id) values ($1, $2, $3, 'test', gen_random_uuid())
       on conflict (org_id, key) do update set value = excluded.value`,
      [org_id, `organisation.quiet_hours_${name}`, JSON.stringify(value)],
    );
}
