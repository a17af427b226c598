/** One procedure over past events, one after the other, each judged at the moment it came in. Nothing is ever run. */
import { createPeople } from '../../activities/verticals/people.ts';
import { createSops, proceduresOf } from '../../activities/verticals/registry.ts';
import type { SopSettings } from '../../activities/verticals/settings.ts';
import { storableDrafts } from '../../activities/draft.ts';
import { createTriage, incidentOf } from '../../activities/triage.ts';
import type { InboundEvent, ProviderObject } from '../../domain/event.ts';
import { ingest_sources, ShapeError } from '../../domain/event.ts';
import type { Urgency } from '../../domain/proposal.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Sop } from '../../domain/sop.ts';
import type { Json } from '../../domain/text.ts';
import { openDatabase, type Database } from '../../prisma/database.ts';
import { giveVerdict, insertEvent, readStoredEvent } from '../../prisma/events.ts';
import { storeDrafts } from '../../prisma/store.ts';
import { receivers } from '../../providers/receivers.ts';
import type { Course } from '../eval/scenario.ts';
import { standInsFor } from '../eval/stand-ins.ts';
import type { PastEvent, PastFact, PastProposal, Rows } from './history.ts';
import { openPast } from './past.ts';
import type { SopName } from './settings.ts';

/** A proposal as the procedure would have made it. */
export interface ReplayedProposal {
  id: string;
  org_id: string;
  subject: string;
  action_type: string;
  operation: string | null;
  urgency: Urgency;
  title: string;
  payload: Json;
  priority: number;
  flags: string[];
  created_at: Date;
  escalates_at: Date | null;
  expires_at: Date | null;
}

export interface ReplayInput {
  sop: SopName;
  settings: Partial<SopSettings>;
  people: { [table: string]: Rows };
  facts: readonly PastFact[];
  proposals: readonly PastProposal[];
  connected: NonNullable<Course['connected']>;
}

export interface Replay {
  /** Stores the event as it was, and lets the procedure judge it when `judged`. */
  take(event: PastEvent, options: { judged: boolean }): Promise<void>;
  proposals(): Promise<ReplayedProposal[]>;
  close(): Promise<void>;
}

export async function openReplay(database_url: string, input: ReplayInput): Promise<Replay> {
  const past = await openPast(database_url);
  await past.fill(input.people);
  const db = openDatabase(database_url, { connections_max: 4 });
  const judge = createJudge(db, input);
  const facts = inOrder(input.facts, ({ as_of }) => as_of);
  const decided = inOrder(input.proposals.filter(wasDecided), ({ closed_at }) => closed_at ?? new Date());
  return {
    async take(event, { judged }) {
      for (const fact of facts.until(event.received_at)) await past.tell(fact);
      await past.becomes(event);
      await past.expire();
      for (const proposal of decided.until(event.received_at)) await past.close(proposal);
      const { event_id } = await insertEvent(db, event.org_id, await inboundOf(event), event.actor_id);
      if (judged && event.ignored === null) await judge(event.org_id, event_id);
    },
    proposals: () => db.sql<ReplayedProposal>`
      select id, org_id, subject, action_type, operation, urgency, title, payload, priority, flags, created_at, escalates_at, expires_at
      from proposals order by created_at, id`,
    async close() {
      await db.close();
      await past.end();
    },
  };
}

/** What expires and what is withdrawn depends on the procedure itself; what people did does not. */
function wasDecided({ status, closed_at }: PastProposal): boolean {
  return (status === 'executed' || status === 'rejected') && closed_at !== null;
}

/** The items by time, each given out once, when its time has come. */
function inOrder<Item>(items: readonly Item[], timeOf: (item: Item) => Date) {
  const waiting = items.toSorted((a, b) => timeOf(a).getTime() - timeOf(b).getTime());
  return {
    *until(time: Date): Generator<Item> {
      for (let next = waiting[0]; next !== undefined && timeOf(next) <= time; next = waiting[0]) {
        waiting.shift();
        yield next;
      }
    },
  };
}

/** As it was stored, with the provider's objects it showed. */
async function inboundOf(event: PastEvent): Promise<InboundEvent> {
  const { id, source, type, occurred_at, payload, subject, ignored } = event;
  return { source, type, occurred_at, identity: id, payload, subject, ignored, objects: await objectsOf(event) };
}

/** Only their newest state is kept, so they are read out of the payload again. */
async function objectsOf({ id, source, type, payload, received_at }: PastEvent): Promise<ProviderObject[]> {
  const door = ingest_sources.find((name) => name === source);
  const receiver = door && receivers[door];
  // A mail's and a ledger's body is not kept as it came, and neither shows any objects.
  if (receiver === undefined || door === 'email' || door === 'ledger') return [];
  const family = type.split('.', 1)[0] ?? '';
  const headers = {
    'x-github-event': family,
    'sentry-hook-resource': family,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(received_at.getTime() / 1_000)),
  };
  const body = Buffer.from(JSON.stringify(payload));
  const delivery = { body, headers, url: '', media_type: 'application/json', secrets: [], now: received_at };
  try {
    const parsed = await receiver.parse(delivery, () => payload);
    return 'events' in parsed ? parsed.events.flatMap(({ objects }) => objects) : [];
  } catch (error) {
    // A former version of the parser took it; this one reads nothing out of it.
    if (error instanceof ShapeError) return [];
    throw error;
  }
}

/** Triage and drafting as the worker does them, without model, checkpoints and executors. */
function createJudge(db: Database, { sop: name, settings, facts, connected }: ReplayInput) {
  const outside = standInsFor(db, { connected, context: contextOf(facts) });
  const people = createPeople({ db, slack: connected.includes('slack') ? { memberByEmail: async (email) => slackUserFor(email) } : null });
  const sops = createSops({ ...outside, people, settings }).filter(({ vertical }) => vertical === name);
  const triage = createTriage({ db, proceduresFor: proceduresOf(sops), wording: null });
  return async (org_id: string, event_id: string): Promise<void> => {
    const { drafts } = await triage({ org_id, event_id });
    for (const sop of sops) if (drafts.some(({ vertical }) => vertical === sop.vertical)) await draft(sop, org_id, event_id);
  };

  async function draft(sop: Sop, org_id: string, event_id: string): Promise<void> {
    const event = await readStoredEvent(db, org_id, event_id);
    const assessment = sop.assess(await sop.gather(event, { fresh: false }), event.now);
    if (!assessment.propose) {
      await giveVerdict(db.sql, event.id, { vertical: sop.vertical, all: [sop.vertical], reason: assessment.reason });
      return;
    }
    const drafts = storableDrafts(sop, { assessment, words: [], trace: [] }, outside.executorFor);
    await storeDrafts(db, await incidentOf(sop, [sop], event), drafts);
  }
}

/** Slack's directory is not asked: whoever was told with an address is taken to be there. */
function slackUserFor(email: string): { id: string; name: string } {
  return { id: `U${sha256(email.toLowerCase()).slice(0, 10).toUpperCase()}`, name: email };
}

function contextOf(facts: readonly PastFact[]): NonNullable<Course['context']> {
  const of = (kind: string) => facts.filter((fact) => fact.kind === kind).map(({ data }) => data);
  const [founder] = of('founder');
  return { customers: of('customer'), ...(founder !== undefined && { founder }) };
}
