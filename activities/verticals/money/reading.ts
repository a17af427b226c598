/** Reads everything known about one incident: two statements, and Stripe's API when it is connected. */
import { z } from 'zod';

import type { StoredEvent } from '../../../domain/sop.ts';
import type { Json } from '../../../domain/text.ts';
import type { Database } from '../../../prisma/database.ts';
import { failure_types, kindOf, latest_second, reasonToIgnore, settling_types } from '../../../providers/stripe/inbound.ts';
import type { StripeReader } from '../../../providers/stripe/reads.ts';
import { readCharge, readInvoicePayment, readOwned, readSubscription } from '../../../providers/stripe/shapes.ts';
import type { HistoryRow } from './facts.ts';
import { incidentOf, type Incident, type SeenObject } from './incident.ts';

/** What the event itself shows, before anything stored is read. */
export interface Report {
  object: Json;
  kind: string | null;
  customer: string | null;
  /** Why no rule acts on it; null when one may. */
  irrelevant: string | null;
  /** When a reported payment failed, if the report says; for a signed event its own time counts. */
  failed_at: string | null;
}

/** Seconds since 1970, as Stripe writes them: nothing that is reported failed before that. */
const reported_second = z
  .int()
  .min(0)
  .max(latest_second)
  .transform((seconds) => new Date(seconds * 1000));

/** A person may report Stripe's whole event or only its object. */
export function reportedOf(event: StoredEvent): Report {
  const payload = membersOf(event.payload);
  const data = membersOf(payload.data);
  const object = data.object ?? event.payload;
  const previous_attributes = data.previous_attributes === undefined ? undefined : membersOf(data.previous_attributes);
  const owned = readOwned(object);
  const kind = kindOf(event.type, object);
  const told_at = event.source === 'manual' && data.object !== undefined ? reported_second.safeParse(payload.created).data : undefined;
  return {
    object,
    kind,
    customer: kind === 'customer' ? (owned?.id ?? null) : (owned?.customer ?? null),
    irrelevant:
      payload.livemode === false || membersOf(object).livemode === false
        ? 'test mode'
        : reasonToIgnore(event.type, { object, previous_attributes }),
    failed_at: told_at !== undefined && told_at < event.occurred_at ? told_at.toISOString() : null,
  };
}

export interface IncidentReading {
  incident: Incident;
  seen: SeenObject[];
  history: HistoryRow[];
  unreadable: string | null;
}

interface ReadingDeps {
  db: Pick<Database, 'sql'>;
  stripe: StripeReader | null;
  /** Whether links that the API shows are stored. */
  keeps?: boolean;
}

export async function readIncident(
  { db, stripe, keeps = true }: ReadingDeps,
  event: StoredEvent,
  report: Report,
): Promise<IncidentReading> {
  const stored = await readObjects(db, event, report);
  const seen = [...stored, ...ownObject(event, report, stored)];
  let incident = incidentOf(event.type, report.object, seen);
  let unreadable: string | null = null;
  if (stripe !== null) {
    const { invoice, charge } = incident;
    const invoice_id = incident.subjects.find((name) => name.startsWith('stripe:invoice:'))?.slice('stripe:invoice:'.length) ?? null;
    const customer = invoice?.customer ?? charge?.customer ?? report.customer;
    const answer = await stripe({
      customer,
      invoice: invoice_id,
      payment_intent: charge?.invoice ? null : (charge?.payment_intent ?? null),
    });
    const as_of = new Date(Math.max(Date.now(), ...seen.map((object) => Date.parse(object.as_of)))).toISOString();
    for (const { kind, id, data } of answer.objects) seen.push({ kind, object_id: id, data, as_of, event_id: null });
    if (keeps) await keepLinks(db, event, answer.objects);
    incident = incidentOf(event.type, report.object, seen);
    unreadable = answer.unreadable;
  }
  // A subscription outlives its incidents, so where an invoice is known only that tells what happened.
  const lasting = incident.subjects.filter((name) => incident.invoice !== null && name.startsWith('stripe:subscription:'));
  const { subjects, history } = await readHistory(
    db,
    event,
    incident.subjects.filter((name) => !lasting.includes(name)),
  );
  return { incident: { ...incident, subjects: [...subjects, ...lasting] }, seen, history, unreadable };
}

const objects_per_kind_max = 24;

async function readObjects(
  db: Pick<Database, 'sql'>,
  event: StoredEvent,
  report: Report,
  customer = report.customer,
): Promise<SeenObject[]> {
  const names = directNames(report);
  const rows = await db.sql<{ kind: string; object_id: string; customer: string | null; data: Json; as_of: Date; event_id: string }>`
    with mine as (
      select kind, object_id, customer, data, as_of, event_id, row_number() over (partition by kind order by as_of desc) as n
      from provider_objects
      where org_id = ${event.org_id} and source = 'stripe' and customer = ${customer} and kind in ('customer', 'subscription', 'invoice', 'charge', 'payment_intent')
    ), known as (
      select kind, object_id, customer, data, as_of, event_id from mine where n <= ${objects_per_kind_max}
      union
      select o.kind, o.object_id, o.customer, o.data, o.as_of, o.event_id
      from unnest(${names.map(({ kind }) => kind)}::text[], ${names.map(({ id }) => id)}::text[]) as name (kind, id)
      join provider_objects o on o.org_id = ${event.org_id} and o.source = 'stripe' and o.kind = name.kind and o.object_id = name.id
    )
    select * from known
    union
    select link.kind, link.object_id, link.customer, link.data, link.as_of, link.event_id
    from known join provider_objects link on link.org_id = ${event.org_id} and link.source = 'stripe' and link.kind = 'invoice_payment'
      and link.object_id in (known.object_id, known.data ->> 'payment_intent')
    where known.kind in ('charge', 'payment_intent')`;
  const found = customer ?? rows.find((row) => row.customer !== null)?.customer ?? null;
  // An object that does not name its customer may lead to one that does.
  if (found !== customer) return readObjects(db, event, report, found);
  return rows.map(({ customer: _owner, as_of, ...row }) => ({ ...row, as_of: as_of.toISOString() }));
}

function directNames({ kind, object }: Report): { kind: string; id: string }[] {
  const names = [{ kind, id: readOwned(object)?.id }];
  const charge = kind === 'charge' ? readCharge(object) : null;
  if (charge !== null) {
    names.push({ kind: 'invoice', id: charge.invoice ?? undefined });
    for (const linking of ['payment_intent', 'invoice_payment']) names.push({ kind: linking, id: charge.payment_intent ?? undefined });
  }
  if (kind === 'subscription') names.push({ kind: 'invoice', id: readSubscription(object)?.latest_invoice ?? undefined });
  return names.flatMap(({ kind: of, id }) => (of !== null && id !== undefined ? [{ kind: of, id }] : []));
}

/** What a person reports is used where nothing signed is stored, and never wins over it. */
function ownObject(event: StoredEvent, { kind, object }: Report, stored: readonly SeenObject[]): SeenObject[] {
  const id = readOwned(object)?.id;
  if (kind === null || id === undefined || stored.some((known) => known.kind === kind && known.object_id === id)) return [];
  return [
    { kind, object_id: id, data: object, as_of: event.occurred_at.toISOString(), event_id: event.source === 'manual' ? null : event.id },
  ];
}

/** Which invoice a payment belongs to, once the API told, is a fact for every later event of the incident. */
async function keepLinks(
  db: Pick<Database, 'sql'>,
  event: StoredEvent,
  objects: readonly { kind: string; id: string; data: Json }[],
): Promise<void> {
  for (const { kind, id, data } of objects) {
    if (kind !== 'invoice_payment' || readInvoicePayment(data)?.invoice == null) continue;
    await db.sql`
      insert into provider_objects (org_id, source, kind, object_id, customer, data, as_of, event_id)
      values (${event.org_id}, 'stripe', ${kind}, ${id}, null, ${JSON.stringify(data)}, ${event.occurred_at}, ${event.id}) on conflict do nothing`;
  }
}

/** The incident's signed events, and the names of cards that any of its events joined before. */
async function readHistory(
  db: Pick<Database, 'sql'>,
  event: StoredEvent,
  subjects: string[],
): Promise<{ subjects: string[]; history: HistoryRow[] }> {
  const rows = await db.sql<Omit<HistoryRow, 'data'> & { data: HistoryRow['data']; subject: string }>`
    with joined as (
      select distinct p.subject from events e join proposal_events j on j.event_id = e.id join proposals p on p.id = j.proposal_id
      where e.org_id = ${event.org_id} and e.subject = any(${subjects}) and p.subject like 'stripe:%' and not p.subject = any(${subjects})
    ), names as (select unnest(${subjects}::text[]) as subject union select subject from joined)
    select e.id, e.type, e.occurred_at, names.subject, e.payload_json -> 'data' as data
    from names left join events e on e.org_id = ${event.org_id} and e.subject = names.subject and e.source = 'stripe'
      and e.type = any(${[...failure_types, ...settling_types]})
    order by e.occurred_at`;
  const joined = [...new Set(rows.map(({ subject }) => subject))].filter((subject) => !subjects.includes(subject));
  const history = rows.filter(({ id }) => id !== null).map(({ id, type, occurred_at, data }) => ({ id, type, occurred_at, data }));
  return { subjects: [...subjects, ...joined], history };
}

function membersOf(value: Json | undefined): { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
