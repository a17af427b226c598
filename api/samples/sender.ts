/** Samples: signed with the real secret and posted through the real door, so that trying one tries everything. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { z } from 'zod';

import type { Person, SampleName } from '../../domain/app.ts';
import type { ContextRequest } from '../../domain/context.ts';
import type { IngestSource } from '../../domain/event.ts';
import { Problem } from '../../domain/problem.ts';
import { storeContext } from '../../prisma/context.ts';
import type { Database } from '../../prisma/database.ts';
import type { WebhookSecrets } from '../webhook-secrets.ts';
import { angry_vip } from './angry-vip.ts';
import { bad_release } from './bad-release.ts';
import { failed_payment } from './failed-payment.ts';
import { quiet_engineer } from './quiet-engineer.ts';

export interface SampleDelivery {
  source: IngestSource;
  body: object;
  sign(body: string, secret: string, now: Date): Record<string, string>;
}

/** What is told first, then what is delivered, in its order; the last delivery makes the card. */
export type Sample = (now: Date, person: Person) => { context: ContextRequest; deliveries: SampleDelivery[] };

const samples: Record<SampleName, Sample> = { failed_payment, angry_vip, bad_release, quiet_engineer };

export interface SampleSender {
  /** Resolves to the id of the event that makes the card. */
  send(person: Person, name: SampleName): Promise<string>;
  /** Whether a delivery is one of these: they are acted on where a source is switched off, for a person asked for just this one. */
  sent(headers: IncomingHttpHeaders): boolean;
}

export interface SampleDeps {
  db: Pick<Database, 'tx'>;
  secrets: WebhookSecrets;
  /** This process's own address with what stands before every path, once it listens. */
  origin(): string;
}

export function createSampleSender({ db, secrets, origin }: SampleDeps): SampleSender {
  // Known to this process only, so that nobody outside can call their delivery a sample.
  const mark = randomBytes(32).toString('hex');

  async function post({ source, body, sign }: SampleDelivery): Promise<string> {
    const door = await secrets.of(source, '');
    const [secret] = door?.secrets ?? [];
    if (secret === undefined) throw new Error(`the door for ${source} has no secret`);
    const text = JSON.stringify(body);
    const answer = await fetch(`${origin()}/ingest/${source}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [mark_header]: mark, ...sign(text, secret, new Date()) },
      body: text,
    });
    if (!answer.ok) throw new Error(`the door for ${source} answered the sample with ${answer.status}`);
    return accepted.parse(await answer.json()).event_id;
  }

  return {
    async send(person, name) {
      if (person.role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner to send the sample.');
      const { context, deliveries } = samples[name](new Date(), person);
      await storeContext(db, person, context);
      let event_id = '';
      for (const delivery of deliveries) event_id = await post(delivery);
      return event_id;
    },
    sent: (headers) => isSame(headers[mark_header], mark),
  };
}

const mark_header = 'x-execops-sample';
const accepted = z.object({ event_id: z.uuid() });

function isSame(told: string | string[] | undefined, mark: string): boolean {
  const bytes = Buffer.from(typeof told === 'string' ? told : '');
  return bytes.length === mark.length && timingSafeEqual(bytes, Buffer.from(mark));
}
