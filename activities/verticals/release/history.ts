/** What stored events tell of a service: its deployments, its pushes, its tickets, and what Sentry measured. */
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Json } from '../../../domain/text.ts';
import type { Database } from '../../../prisma/database.ts';
import { metrics_lapse_hours } from '../../../prisma/told.ts';
import { readDeployment, readPush, type Push } from '../../../providers/github/shapes.ts';
import type { Told } from './deployments.ts';
import { readSignal } from './signal.ts';

type Db = Pick<Database, 'sql'>;

/** `owner/name` of the repositories whose name is one of these, as far as their webhooks were seen. */
export async function repositoriesOf(db: Db, org_id: string, names: readonly string[]): Promise<string[]> {
  const rows = await db.sql<{ repository: string }>`
    select distinct repository from (
      select data ->> 'repository' as repository from provider_objects
      where org_id = ${org_id} and source = 'github' and customer = any(${[...names]}) and kind in ('deployment', 'commit', 'pull_request')
      order by as_of desc limit ${repositories_seen_max}) seen
    where repository is not null order by repository`;
  return rows.map(({ repository }) => repository);
}

const repositories_seen_max = 50;
const deployments_max = 100;

/** Deployments and their statuses, the newest first. Every status is its own event: a later one would hide that it was deployed. */
export async function deploymentStatuses(db: Db, org_id: string, repositories: readonly string[]): Promise<Told[]> {
  const rows = await db.sql<{ id: string; payload: Json }>`
    select id, jsonb_build_object(
        'deployment', payload_json -> 'deployment', 'deployment_status', payload_json -> 'deployment_status',
        'workflow', payload_json -> 'workflow', 'workflow_run', payload_json -> 'workflow_run',
        'repository', payload_json -> 'repository', 'sender', payload_json -> 'sender') as payload
    from events
    where org_id = ${org_id} and subject = any(${subjectsOf(repositories)}) and source = 'github'
      and (type like 'deployment.%' or type like 'deployment_status.%' or type in ('deployment', 'deployment_status'))
    order by occurred_at desc limit ${deployments_max}`;
  return rows.flatMap(({ id, payload }) => {
    const deployment = readDeployment(payload);
    return deployment === null ? [] : [{ deployment, event_id: id }];
  });
}

const pushes_max = 20;

/** Pushes to the default branch up to then, the newest first. */
export async function pushesBefore(
  db: Db,
  org_id: string,
  repositories: readonly string[],
  time: string,
): Promise<{ push: Push; event_id: string; at: string }[]> {
  const rows = await db.sql<{ id: string; payload: Json; occurred_at: Date }>`
    select id, payload_json as payload, occurred_at from events
    where org_id = ${org_id} and subject = any(${subjectsOf(repositories)}) and source = 'github' and type = 'push' and occurred_at <= ${time}
    order by occurred_at desc limit ${pushes_max}`;
  return rows.flatMap(({ id, payload, occurred_at }) => {
    const push = readPush(payload);
    const default_branch = push?.repository?.default_branch ?? null;
    if (push === null || push.branch === null || push.deleted === true) return [];
    return default_branch === null || push.branch === default_branch ? [{ push, event_id: id, at: occurred_at.toISOString() }] : [];
  });
}

const subjectsOf = (repositories: readonly string[]) => repositories.map((name) => `github:repository:${name.toLowerCase()}`);

/** What is known of the commit that was deployed: the request it was merged by, and who wrote it. */
export async function commitFacts(db: Db, org_id: string, sha: string): Promise<{ kind: string; data: Json }[]> {
  return db.sql<{ kind: string; data: Json }>`
    select kind, data from provider_objects
    where org_id = ${org_id} and source = 'github' and kind in ('pull_request', 'commit') and object_id = ${sha}`;
}

export interface Measured {
  rate: number;
  as_of: Date;
  event_id: string;
}

const alerts_max = 20;

/** The failure rate that a Sentry alert of the service told last, within the hour before the event arrived or since. */
export async function measuredRate(db: Db, event: StoredEvent, names: readonly string[]): Promise<Measured | null> {
  const rows = await db.sql<StoredEvent>`
    select id, org_id, source, type, occurred_at, received_at, subject, payload_json as payload, actor_id from events
    where org_id = ${event.org_id} and source = 'sentry' and type like 'metric_alert.%'
      and subject in (
        select 'sentry:metric_alert:' || object_id from provider_objects
        where org_id = ${event.org_id} and source = 'sentry' and kind = 'metric_alert' and customer = any(${[...names]}))
      and received_at >= ${event.received_at}::timestamptz - ${metrics_lapse_hours} * interval '1 hour'
    order by received_at desc limit ${alerts_max}`;
  for (const row of rows) {
    const rate = readSignal(row)?.failure_rate ?? null;
    if (rate !== null) return { rate, as_of: row.received_at, event_id: row.id };
  }
  return null;
}

const baseline_days = 7;
/** With less than this to compare to, nobody can say what is usual. */
const baseline_hours_min = 24;

/** Tickets that contacts opened, by stored Intercom events: in the hour before, and per hour in the week before that. */
export async function countedTickets(db: Db, event: StoredEvent): Promise<{ last_hour: number; baseline_per_hour: number } | null> {
  const [row] = await db.sql<{ last_hour: number; before: number; hours: number | null }>`
    select count(distinct subject) filter (where occurred_at > at - interval '1 hour')::int as last_hour,
      count(distinct subject) filter (where occurred_at <= at - interval '1 hour')::int as before,
      (extract(epoch from max(at) - interval '1 hour' - min(occurred_at)) / 3600)::float8 as hours
    from events, (select ${event.received_at}::timestamptz as at) moment
    where org_id = ${event.org_id} and source = 'intercom' and type in ('conversation.user.created', 'ticket.created')
      and occurred_at > at - ${baseline_days} * interval '1 day' and occurred_at <= at`;
  if (row?.hours == null || row.hours < baseline_hours_min) return null;
  return { last_hour: row.last_hour, baseline_per_hour: row.before / row.hours };
}
