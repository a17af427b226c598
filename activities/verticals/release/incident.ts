/** What an event is about, and which open cards it belongs to. */
import { open_statuses } from '../../../domain/proposal.ts';
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Database } from '../../../prisma/database.ts';
import { settling_types, trigger_types } from '../../../providers/sentry/inbound.ts';
import type { Issue } from '../../../providers/sentry/objects.ts';
import { settledBy, type Turn } from './settled.ts';
import { readSignal, type Signal } from './signal.ts';

type Db = Pick<Database, 'sql'>;

export interface Incident {
  signal: Signal | null;
  /** What is stored of the issue by any signed event; null for an alert, or when nothing is. */
  issue: Pick<Issue, 'status' | 'category' | 'first_seen' | 'environment'> | null;
  /** Null when nobody names one. */
  service: string | null;
  /** Everything the service is called at Sentry, GitHub or by an owner; in lower case. */
  names: string[];
  /** The name of its cards: the issue, else the service. */
  subject: string;
  /** The one thing that breaks and is settled, an issue or one firing of an alert: the subject of its events. */
  thing: string;
}

interface StoredIssue {
  customer: string | null;
  data: Issue;
}

export async function readIncident(db: Db, event: StoredEvent, service_map: { readonly [name: string]: string }): Promise<Incident> {
  const signal = readSignal(event);
  const stored = signal?.issue_id == null ? null : await storedIssue(db, event.org_id, signal.issue_id);
  const project = signal?.project ?? stored?.customer ?? null;
  const service = project && (service_map[project] ?? project);
  const aliases = Object.keys(service_map).filter((name) => service_map[name] === service);
  const issue = signal?.issue_id == null ? null : `sentry:issue:${signal.issue_id}`;
  const alert = signal?.alert_id == null ? null : `sentry:metric_alert:${signal.alert_id}`;
  return {
    signal,
    issue: stored?.data ?? null,
    service,
    names: service === null ? [] : [...new Set([service, ...aliases])],
    subject: issue ?? `service:${service}`,
    thing: issue ?? alert ?? `service:${project}`,
  };
}

async function storedIssue(db: Db, org_id: string, id: string): Promise<StoredIssue | null> {
  const [row] = await db.sql<StoredIssue>`
    select customer, data from provider_objects where org_id = ${org_id} and source = 'sentry' and kind = 'issue' and object_id = ${id}`;
  return row ?? null;
}

/** Under this name everything that happens to a service's cards waits for each other; no card is called so. */
export function lockOf({ service, thing }: Incident): string {
  return `release:${service ?? thing}`;
}

/** What ended it: an issue that joined a card with others goes on as long as one of those does. */
export async function endOf(db: Db, event: StoredEvent, incident: Incident): Promise<string | null> {
  const cards = await cardsOf(db, event, incident);
  const things = [...new Set([incident.thing, ...cards.flatMap(({ things: all }) => all)])];
  const turns = await turnsOf(db, event.org_id, things);
  const ends = things.map((thing) => settledBy(turns.get(thing) ?? []));
  const [own] = ends;
  return own == null || ends.includes(null) ? null : `${own.type} arrived`;
}

/** The open cards that this settling event is the end of: everything that joined them is settled. */
export async function cardsEndedBy(db: Db, event: StoredEvent, incident: Incident): Promise<string[]> {
  const cards = await cardsOf(db, event, incident);
  const turns = await turnsOf(
    db,
    event.org_id,
    cards.flatMap(({ things }) => things),
  );
  const ended = cards.filter(({ things }) => things.every((thing) => settledBy(turns.get(thing) ?? []) !== null));
  return [...new Set(ended.map(({ subject }) => subject))];
}

interface Card {
  subject: string;
  /** What joined it. */
  things: string[];
}

async function cardsOf(db: Db, { org_id }: StoredEvent, { thing, subject }: Incident): Promise<Card[]> {
  const rows = await db.sql<{ id: string; card: string; thing: string | null }>`
    with evidence as (
      select j.proposal_id, e.subject as thing
      from proposals p join proposal_events j on j.proposal_id = p.id and j.role = 'evidence' join events e on e.id = j.event_id and e.source = 'sentry'
      where p.org_id = ${org_id} and p.vertical = 'release' and p.status = any(${[...open_statuses]})
    )
    select distinct p.id, p.subject as card, evidence.thing
    from proposals p left join evidence on evidence.proposal_id = p.id
    where p.org_id = ${org_id} and p.vertical = 'release' and p.status = any(${[...open_statuses]}) and p.basis is not null
      and (p.subject = ${subject} or exists (select 1 from evidence own where own.proposal_id = p.id and own.thing = ${thing}))`;
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((joined) => ({
    subject: joined[0]?.card ?? '',
    // What only a person reported is settled with the subject of its card.
    things: joined.map((one) => one.thing ?? one.card),
  }));
}

/** Everything signed that happened to these, each in the order in which it arrived. */
async function turnsOf(db: Db, org_id: string, things: readonly string[]): Promise<Map<string, Turn[]>> {
  const rows = await db.sql<Turn & { subject: string }>`
    select type, occurred_at, subject from events
    where org_id = ${org_id} and subject = any(${[...new Set(things)]}) and source = 'sentry' and type = any(${[...trigger_types, ...settling_types]})
    order by received_at, id`;
  return Map.groupBy(rows, ({ subject }) => subject);
}
