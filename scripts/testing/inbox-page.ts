/** People in front of the interface of a whole instance, each in a browser of their own, and the cards they find there. */
import { randomUUID } from 'node:crypto';
import { globSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hashPassword } from 'better-auth/crypto';
import { type ParsedMail, simpleParser } from 'mailparser';
import type { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';

import type { Person } from '../../domain/app.ts';
import type { ProposalStatus } from '../../domain/proposal.ts';
import type { Json } from '../../domain/text.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { addOwner, setPassword } from '../../prisma/people.ts';
import { readProposal } from '../../prisma/proposals.ts';
import { executionsOf } from '../../prisma/receipts.ts';
import { keptSecret } from '../../prisma/webhook-secrets.ts';
import { signStripe } from '../../providers/stripe/inbound.ts';
import type { JsonObject } from '../../providers/stripe/testing.ts';
import { root } from '../stamp.ts';
import { openBrowser } from './browser.ts';
import { type Watch, watch } from './browser-watch.ts';
import { type Instance, type InstanceOptions, startInstance } from './instance.ts';
import { payment, type Payment } from './payments.ts';
import { until } from './wait.ts';

export type Member = Person & { password: string };

export interface Desk {
  context: BrowserContext;
  page: Page;
}

export type Place = Awaited<ReturnType<typeof startPlace>>;

export async function startPlace(options: InstanceOptions = {}) {
  const [browser, instance] = await Promise.all([openBrowser(), startInstance({ ui: true, ...options })]);
  const { db, org_id } = instance;
  const secret = await keptSecret(db, org_id, 'stripe');
  const watches: Watch[] = [];

  async function member(name: string): Promise<Member> {
    const person = {
      user_id: randomUUID(),
      name,
      email: `${name.split(' ')[0]?.toLowerCase()}@example.com`,
      password: 'a test needs no secret',
    };
    const hash = await hashPassword(person.password);
    await db.tx(async (sql) => {
      await addOwner(sql, org_id, person);
      await setPassword(sql, person.user_id, hash);
    });
    return { ...person, org_id, role: 'owner' };
  }

  /** A browser that knows nobody yet. Everything that goes wrong in it is noted. */
  async function context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const fresh = await browser.newContext({
      baseURL: instance.url,
      reducedMotion: 'reduce',
      viewport: { width: 1280, height: 860 },
      ...options,
    });
    watches.push(watch(fresh, instance.url));
    fresh.setDefaultTimeout(20_000);
    return fresh;
  }

  const ana = await member('Ana Silva');

  async function deliver(event: Json): Promise<string> {
    const body = JSON.stringify(event);
    const answer = await fetch(`${instance.url}/ingest/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signStripe(body, secret, new Date()) },
      body,
    });
    if (answer.status !== 202) throw new Error(`the door answered ${answer.status}`);
    return ((await answer.json()) as { event_id: string }).event_id;
  }

  const view = (id: string): Promise<ProposalView> => readProposal(db, org_id, id);

  async function cardOf(event_id: string): Promise<ProposalView> {
    return until(`event ${event_id} has its card`, async () => {
      const [row] = await db.sql<{ id: string }>`select id from proposals where event_id = ${event_id}`;
      return row && view(row.id);
    });
  }

  return {
    instance,
    browser,
    ana,
    member,
    context,
    deliver,
    view,
    cardOf,
    /** Whoever it is, at the inbox, with the page's script running and its stream open. */
    async at(person: { email: string; password: string }, path = '/inbox', options: BrowserContextOptions = {}): Promise<Desk> {
      const fresh = await context(options);
      await signIn(fresh, instance, person);
      const page = await fresh.newPage();
      await page.goto(path);
      if (options.javaScriptEnabled !== false) await isLive(page);
      return { context: fresh, page };
    },
    /** A pending card about a failed payment of its own. */
    async pending(invoice: JsonObject = {}): Promise<{ card: ProposalView; payment: Payment }> {
      const one = await payment(db, ana);
      return { card: await cardOf(await deliver(one.failed(invoice))), payment: one };
    },
    reached: (id: string, status: ProposalStatus): Promise<ProposalView> =>
      until(`proposal ${id} is ${status}`, async () => {
        const now = await view(id);
        return now.status === status && now;
      }),
    reachedVersion: (id: string, version: number): Promise<ProposalView> =>
      until(`proposal ${id} is at version ${version}`, async () => {
        const now = await view(id);
        return now.version === version && now;
      }),
    decisionsOn: (id: string) =>
      db.sql<{ decision: string; decided_by: string; version: number; feedback: string | null; undone: boolean }>`
        select decision, decided_by, version, feedback, undone_at is not null as undone from decisions where proposal_id = ${id} order by decided_at`,
    executionsOf: (id: string) => executionsOf(db, org_id, id),
    /** The mails in the local outbox to one address. */
    async mailsTo(address: string): Promise<ParsedMail[]> {
      const files = globSync(join(instance.data_dir, 'outbox', '*.eml'));
      const mails = await Promise.all(files.map(async (file) => simpleParser(await readFile(file))));
      return mails.filter(({ to }) => [to ?? []].flat().some(({ text }) => text === address));
    },
    /** What went wrong in any browser since the last question. */
    complaints: (): string[] => watches.flatMap((one) => one.complaints.splice(0)),
    /** Closes the tabs of one test, so that they do not follow what the next one does. */
    closeDesks: () => Promise.all(browser.contexts().map((open) => open.close())),
    async stop() {
      await browser.close();
      await instance.stop();
    },
  };
}

export async function signIn(
  context: BrowserContext,
  { url }: Pick<Instance, 'url'>,
  { email, password }: { email: string; password: string },
): Promise<void> {
  const answer = await context.request.post('/api/auth/sign-in/email', { data: { email, password }, headers: { origin: url } });
  if (!answer.ok()) throw new Error(`sign-in answered ${answer.status()}`);
}

/** The page's script runs and its stream is open: what happens elsewhere shows by itself from now on. */
export async function isLive(page: Page): Promise<void> {
  await page.getByRole('banner').getByText('Live', { exact: true }).waitFor({ state: 'attached' });
}

export function cardIn(page: Page, { id }: Pick<ProposalView, 'id'>): Locator {
  return page.locator(`#card-${id}`);
}

/** When this document was loaded: another number after a reload. */
export const loadedAt = (page: Page): Promise<number> => page.evaluate(() => performance.timeOrigin);

interface Clip {
  x: number;
  y: number;
  width: number;
  height: number;
}

const pictures = join(root, 'artifacts', 'browser');

/** What it looked like, for a person to leaf through afterwards. */
export async function picture(page: Page, name: string, clip?: Clip): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), ...(clip && { clip }) });
}
