/**
 * Records what Temporal keeps of real runs, one file for each shape a run can take, into workflows/histories.
 * A test replays them with today's workflow. Run it (`node scripts/bootstrap.mjs record-histories`) only when the workflow
 * was changed in a way that needs `patched()` or that no deployed run can meet; then the old files stay beside the new ones.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDatabase } from '../prisma/database.ts';
import { startEmbeddedPostgres } from '../prisma/embedded.ts';
import { migrate } from '../prisma/migrate.ts';
import { firstOrganisation } from '../prisma/people.ts';
import { temporalCli } from '../temporal/cli.ts';
import { startLocalTemporal } from '../temporal/local-server.ts';
import { buildWorkflowBundle, generateDatabaseClient } from './build-parts.ts';
import { root } from './stamp.ts';
import { startSmtp, type TestSmtp } from './testing/smtp.ts';
import { startStripe } from './testing/stripe.ts';
import { startSystem, type System } from './testing/system.ts';

const folder = join(root, 'workflows', 'histories');

interface World {
  system: System;
  smtp: TestSmtp;
}
/** Lives through one shape and resolves to the event whose run has it, once that run has ended. */
type Shape = (world: World) => Promise<string>;

const without_stripe: Record<string, Shape> = {
  async executed({ system }) {
    const { card, event_id } = await system.pending();
    await system.approve(card, { undo_seconds: 1 });
    await system.reached(card, 'executed');
    return event_id;
  },
  async rejected({ system }) {
    const { card, event_id } = await system.pending();
    await system.reject(card);
    return event_id;
  },
  async ignored({ system }) {
    return system.deliver((await system.payment()).failed({ amount_remaining: 0 }));
  },
  async superseded_while_pending({ system }) {
    const { event_id, payment } = await system.pending();
    await system.deliver(payment.event('invoice.paid', { status: 'paid' }));
    return event_id;
  },
  async superseded_after_approval({ system }) {
    const { card, event_id, payment } = await system.pending();
    await system.approve(card, { undo_seconds: 600 });
    await system.deliver(payment.event('invoice.paid', { status: 'paid' }));
    return event_id;
  },
  async withdrawing({ system }) {
    const { payment } = await system.pending();
    return system.deliver(payment.event('invoice.paid', { status: 'paid' }));
  },
  async escalated_and_expired({ system }) {
    const { card, event_id } = await system.pending();
    await system.db.sql`
      update proposals set escalates_at = now() + interval '1 second', expires_at = now() + interval '2 seconds' where id = ${card.id}`;
    await system.wake(event_id);
    await system.reached(card, 'expired');
    return event_id;
  },
  async undone_and_approved_again({ system }) {
    const { card, event_id } = await system.pending();
    await system.approve(card, { undo_seconds: 600 });
    await system.undo(card);
    await system.approve(await system.view(card.id));
    await system.reached(card, 'executed');
    return event_id;
  },
  async joined_by_a_second_event({ system }) {
    const { card, event_id, payment } = await system.pending({ hosted_invoice_url: null });
    await system.completed(await system.deliver(payment.failed()));
    await system.approve(await system.view(card.id));
    await system.reached(card, 'executed');
    return event_id;
  },
  async failed_after_retries({ system, smtp }) {
    const { card, event_id, payment } = await system.pending();
    smtp.nextTo(payment.email, { refuse: 451 }, { refuse: 550 });
    await system.approve(card);
    await system.reached(card, 'failed');
    return event_id;
  },
  async unknown({ system, smtp }) {
    const { card, event_id, payment } = await system.pending();
    smtp.nextTo(payment.email, 'drop_after_data');
    await system.approve(card);
    await system.reached(card, 'unknown');
    return event_id;
  },
};

const with_stripe: Record<string, Shape> = {
  async two_cards({ system }) {
    const { card, event_id } = await system.pending();
    const pause = await system.cardOf(event_id, 'api_call');
    await system.reject(card);
    await system.approve(pause, { undo_seconds: 1 });
    await system.reached(pause, 'executed');
    return event_id;
  },
  async two_cards_one_tried_again({ system, smtp }) {
    const { card, event_id, payment } = await system.pending();
    smtp.nextTo(payment.email, { refuse: 550 });
    await system.approve(card);
    await system.reached(card, 'failed');
    await system.retry(card);
    await system.approve(await system.view(card.id));
    await system.reached(card, 'executed');
    await system.reject(await system.cardOf(event_id, 'api_call'));
    return event_id;
  },
};

await generateDatabaseClient(console.log);
await buildWorkflowBundle(console.log);
const data_dir = mkdtempSync(join(tmpdir(), 'execops-histories-'));
const postgres = await startEmbeddedPostgres({ data_dir });
await migrate(postgres.url);
const server = await startLocalTemporal({ cli: await temporalCli({ TEMPORAL_CLI: process.env.TEMPORAL_CLI }), headless: true });
const [smtp, stripe] = await Promise.all([startSmtp(), startStripe()]);
const db = openDatabase(postgres.url);
const place = { db, org_id: await firstOrganisation(db), temporal: { address: server.address, namespace: 'default' } };

const mail = { SMTP_URL: smtp.url, MAIL_FROM: 'ops@example.com' };
await record(without_stripe, mail);
await record(with_stripe, { ...mail, STRIPE_API_KEY: 'sk_test_key', STRIPE_API_BASE: stripe.url });

await Promise.all([db.close(), smtp.close(), stripe.close(), server.stop()]);
await postgres.stop();
rmSync(data_dir, { recursive: true, force: true });
process.exit(0);

async function record(shapes: Record<string, Shape>, variables: Record<string, string>): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const system = await startSystem(place, variables);
  for (const [name, live] of Object.entries(shapes)) {
    const event_id = await live({ system, smtp });
    await system.completed(event_id);
    const history = JSON.stringify(await system.workflowOf(event_id).fetchHistory(), null, 1);
    // Who ran it is this machine's own business.
    writeFileSync(join(folder, `${name.replaceAll('_', '-')}.json`), `${history.replaceAll(`${process.pid}@${hostname()}`, 'worker')}\n`);
    console.log(`Recorded ${name.replaceAll('_', ' ')}`);
  }
  await system.stop();
}
