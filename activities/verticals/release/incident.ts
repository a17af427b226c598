/** What an event is about, and which open cards it belongs to. */
import { open_statuses } from '../../../domain/proposal.ts';
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Database } from '../../../prisma/database.ts';
import { settling_types, trigger_types } from '../../../providers/sentry/inbound.ts';
import type { Issue } from '../../../providers/sentry/shapes.ts';
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
  /** The one thing that breaks and is settled: an issue, or one firing of an alert. */
  key: string;
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
  const name = signal?.issue_id == null ? `service:${service}` : `sentry:issue:${signal.issue_id}`;
  return {
    signal,
    issue: stored?.data ?? null,
    service,
    names: service === null ? [] : [...new Set([service, ...aliases])],
    subject: name,
    key: signal?.alert_id == null ? name : `sentry:metric_alert:${signal.alert_id}`,
  };
}

async function storedIssue(db: Db, org_id: string, id: string): Promise<StoredIssue | null> {
  const [row] = await db.sql<StoredIssue>`
    select customer, data from provider_objects where org_id = ${org_id} and source = 'sentry' and kind = 'issue' and object_id = ${id}`;
  return row ?? null;
}

/** Under this name everything that happens to a service's cards waits for each other; no card is called so. */
export function lockOf({ service, key }: Incident): string {
  return `release:${service ?? key}`;
}

/** What ended it: an issue that joined a card with others goes on as long as one of those does. */
export async function endOf(db: Db, event: StoredEvent, incident: Incident): Promise<string | null> {
  const cards = await cardsOf(db, event, incident);
  const things = cards.flatMap(({ things: all }) => all);
  const own = { key: incident.key, subject: event.source === 'sentry' ? (event.subject ?? incident.subject) : incident.subject };
  const turns = await turnsOf(db, event.org_id, [own, ...things]);
  const ends = [...new Set([own.key, ...things.map(({ key }) => key)])].map((key) => settledBy(turns.get(key) ?? []));
  if (ends.some((end) => end === null)) return null;
  return ends[0] === null || ends[0] === undefined ? null : `${ends[0].type} arrived`;
}

/** The open cards that this settling event is the end of: everything that joined them is settled. */
export async function cardsEndedBy(db: Db, event: StoredEvent, incident: Incident): Promise<string[]> {
  const cards = await cardsOf(db, event, incident);
  const turns = await turnsOf(
    db,
    event.org_id,
    cards.flatMap(({ things }) => things),
  );
  const ended = cards.filter(({ things }) => things.every(({ key }) => settledBy(turns.get(key) ?? []) !== null));
  return [...new Set(ended.map(({ subject }) => subject))];
}

interface Thing {
  key: string;
  /** The subject of its events. */
  subject: string;
}

interface Card {
  subject: string;
  things: Thing[];
}

async function cardsOf(db: Db, { org_id }: StoredEvent, { key, subject }: Incident): Promise<Card[]> {
  const rows = await db.sql<{ id: string; card: string; key: string | null; subject: string | null }>`
    with evidence as (
      select j.proposal_id, e.subject,
        case when e.type like 'metric_alert.%' then 'sentry:metric_alert:' || (e.payload_json #>> '{data,metric_alert,id}') else e.subject end as key
      from proposals p join proposal_events j on j.proposal_id = p.id and j.role = 'evidence' join events e on e.id = j.event_id and e.source = 'sentry'
      where p.org_id = ${org_id} and p.vertical = 'release' and p.status = any(${[...open_statuses]})
    )
    select distinct p.id, p.subject as card, evidence.key, evidence.subject
    from proposals p left join evidence on evidence.proposal_id = p.id
    where p.org_id = ${org_id} and p.vertical = 'release' and p.status = any(${[...open_statuses]}) and p.basis is not null
      and (p.subject = ${subject} or exists (select 1 from evidence own where own.proposal_id = p.id and own.key = ${key}))`;
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((things) => ({
    subject: things[0]?.card ?? '',
    // What only a person reported is settled with the subject of its card.
    things: things.map(({ card, ...thing }) => ({ key: thing.key ?? card, subject: thing.subject ?? card })),
  }));
}

/** Everything signed that happened to these, by their keys. */
async function turnsOf(db: Db, org_id: string, things: readonly Thing[]): Promise<Map<string, Turn[]>> {
  const subjects = [...new Set(things.map(({ subject }) => subject))];
  const rows = await db.sql<Turn & { key: string }>`
    select type, occurred_at, received_at,
      case when type like 'metric_alert.%' then 'sentry:metric_alert:' || (payload_json #>> '{data,metric_alert,id}') else subject end as key
    from events
    where org_id = ${org_id} and subject = any(${subjects}) and source = 'sentry' and type = any(${[...trigger_types, ...settling_types]})`;
  return Map.groupBy(rows, ({ key }) => key);
}
