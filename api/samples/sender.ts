/** Samples: signed with the real secret and posted through the real door, so that trying one tries everything. */
import { z } from 'zod';

import type { Person, SampleName } from '../../domain/app.ts';
import type { ContextRequest } from '../../domain/context.ts';
import type { IngestSource } from '../../domain/event.ts';
import { Problem } from '../../domain/problem.ts';
import { storeContext } from '../../prisma/context.ts';
import type { Database } from '../../prisma/database.ts';
import type { WebhookSecrets } from '../webhook-secrets.ts';
import { angry_vip } from './angry-vip.ts';
import { failed_payment } from './failed-payment.ts';

export interface Sample {
  source: IngestSource;
  sign(body: string, secret: string, now: Date): Record<string, string>;
  /** What is told before the first delivery. */
  context(): ContextRequest;
  /** In their order; the last one makes the card. */
  deliveries(now: Date): object[];
}

const samples: Record<SampleName, Sample> = { failed_payment, angry_vip };

/** Resolves to the id of the event that makes the card. */
export type SendSample = (person: Person, name: SampleName) => Promise<string>;

export interface SampleDeps {
  db: Pick<Database, 'tx'>;
  secrets: WebhookSecrets;
  /** Where this process listens, once it does. */
  port(): number;
}

export function createSampleSender({ db, secrets, port }: SampleDeps): SendSample {
  return async (person, name) => {
    if (person.role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner to send the sample.');
    const sample = samples[name];
    const door = await secrets.of(sample.source, '');
    const [secret] = door?.secrets ?? [];
    if (secret === undefined) throw new Error(`the door for ${sample.source} has no secret`);
    await storeContext(db, person, sample.context());
    let event_id = '';
    for (const event of sample.deliveries(new Date())) event_id = await post(port(), sample, secret, event);
    return event_id;
  };
}

const accepted = z.object({ event_id: z.uuid() });

async function post(port: number, { source, sign }: Sample, secret: string, event: object): Promise<string> {
  const body = JSON.stringify(event);
  const answer = await fetch(`http://127.0.0.1:${port}/ingest/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...sign(body, secret, new Date()) },
    body,
  });
  if (!answer.ok) throw new Error(`the door answered the sample with ${answer.status}`);
  return accepted.parse(await answer.json()).event_id;
}
