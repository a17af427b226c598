/**
 * Sentry's webhook payloads in our words: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
 * and, older, of the webhooks plugin (https://github.com/getsentry/sentry-webhooks) and of service hooks.
 * A member that is absent or of another type reads as null. The service is the project's slug in lower case.
 */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import { count, id, instant, isObject, maybe, required_id, text } from '../tolerant.ts';

/** Never of digits alone: those are a project's number. */
const plain_slug = z
  .string()
  .regex(/^(?!\d+$)[\w-]{1,100}$/)
  .transform((name) => name.toLowerCase());
const slug = maybe(plain_slug);
const word = maybe(
  z
    .string()
    .max(100)
    .transform((name) => name.toLowerCase()),
);
/** A project is its slug, its number, which names no service, or an object with both. */
const project = maybe(z.union([plain_slug, z.object({ slug: plain_slug }).transform((named) => named.slug)]));
const tags = z
  .array(
    z.union([z.tuple([z.string(), z.string().nullable()]), z.object({ key: z.string(), value: z.string().nullable() }).transform(pairOf)]),
  )
  .transform((pairs) => new Map(pairs))
  .catch(new Map());
const release = z.union([z.string().max(250), z.object({ version: z.string().max(250) }).transform((named) => named.version)]);

const issue = z
  .object({
    id: required_id,
    project,
    status: word,
    substatus: word,
    level: word,
    priority: word,
    issueCategory: word,
    category: word,
    issueType: word,
    firstSeen: instant,
    lastSeen: instant,
    count,
    userCount: count,
    environment: text,
    tags,
    firstRelease: maybe(release),
    lastRelease: maybe(release),
    release: maybe(release),
    web_url: text,
    permalink: text,
    url: text,
    project_url: text,
  })
  .transform((found) => ({
    id: found.id,
    service: found.project ?? slugIn(found.project_url),
    /** `unresolved`, `resolved` or `ignored`, which Sentry now calls archived. */
    status: found.status,
    substatus: found.substatus,
    level: found.level,
    priority: found.priority,
    /** `error`, `outage`, `metric` …: https://docs.sentry.io/product/issues/issue-details/#issue-categories */
    category: found.issueCategory ?? found.category,
    type: found.issueType,
    first_seen: found.firstSeen,
    last_seen: found.lastSeen,
    count: found.count,
    user_count: found.userCount,
    environment: found.environment ?? found.tags.get('environment') ?? null,
    release: found.release ?? found.lastRelease ?? found.firstRelease,
    url: webAddress(found.web_url) ?? webAddress(found.permalink),
  }));
export type Issue = z.output<typeof issue>;

const event = z
  .object({
    event_id: id,
    issue_id: id,
    groupID: id,
    issue_url: text,
    project,
    project_slug: slug,
    level: word,
    environment: text,
    release: maybe(release),
    tags,
    datetime: instant,
    timestamp: instant,
    received: instant,
    issueCategory: word,
    url: text,
    web_url: text,
  })
  .transform((found) => ({
    event_id: found.event_id,
    issue_id: found.issue_id ?? found.groupID ?? issueIn(found.issue_url) ?? issueIn(found.web_url),
    service: found.project_slug ?? found.project ?? slugIn(found.url),
    level: found.level ?? found.tags.get('level')?.toLowerCase() ?? null,
    category: found.issueCategory,
    environment: found.environment ?? found.tags.get('environment') ?? null,
    release: found.release ?? found.tags.get('release') ?? found.tags.get('sentry:release') ?? null,
    happened_at: found.datetime ?? found.timestamp ?? found.received,
    url: webAddress(found.web_url),
  }));
export type IssueEvent = z.output<typeof event>;

const metric_alert = z
  .object({
    id: required_id,
    alert_rule: maybe(z.object({ id, aggregate: text, query: text, dataset: text, environment: text, projects: slugs() })),
    projects: slugs(),
    environment: text,
    date_started: instant,
    date_detected: instant,
    date_created: instant,
    date_closed: instant,
  })
  .transform(({ alert_rule: rule, ...found }) => ({
    id: found.id,
    rule: rule?.id ?? null,
    aggregate: rule?.aggregate ?? null,
    query: rule?.query ?? null,
    dataset: rule?.dataset ?? null,
    environment: found.environment ?? rule?.environment ?? null,
    /** Where the alert fired; the rule's projects when the alert names none. */
    services: found.projects.length > 0 ? found.projects : (rule?.projects ?? []),
    started_at: found.date_started ?? found.date_created ?? found.date_detected,
    detected_at: found.date_detected ?? found.date_started ?? found.date_created,
    closed_at: found.date_closed,
  }));
export type MetricAlert = z.output<typeof metric_alert>;

const hook = z.object({
  action: maybe(z.string().regex(/^[\w-]{1,100}$/)),
  data: maybe(
    z.object({
      issue: z.unknown().optional(),
      event: z.unknown().optional(),
      error: z.unknown().optional(),
      metric_alert: z.unknown().optional(),
      installation: z.unknown().optional(),
      web_url: text,
    }),
  ),
});

/** Bodies without `data`: of the webhooks plugin, which names the project, and of service hooks, which carry the issue as `group`. */
const legacy = z
  .object({ id, project_slug: slug, project, url: text, level: word, group: z.unknown().optional(), event: maybe(z.looseObject({})) })
  .transform(({ event: raw, group, ...told }) => {
    const grouped = issue.safeParse(isObject(group) ? { project: told.project, ...group } : undefined).data ?? null;
    return {
      service: told.project_slug ?? told.project,
      issue: grouped,
      issue_id: grouped?.id ?? issueIn(told.url) ?? told.id,
      event: { level: told.level, web_url: told.url, ...raw },
    };
  });

export type Told =
  | { kind: 'issue'; issue: Issue }
  | { kind: 'event'; event: IssueEvent; issue: Issue | null }
  | { kind: 'metric_alert'; alert: MetricAlert; url: string | null }
  | { kind: 'other' };

/** What a webhook tells, and the name Sentry has for it, by the signed body alone; null where only the header knows. */
export function readSentry(payload: Json): { resource: string | null; action: string | null; told: Told } {
  const { action = null, data = null } = hook.safeParse(payload).data ?? {};
  const found = issue.safeParse(data?.issue).data ?? null;
  const alert = metric_alert.safeParse(data?.metric_alert).data;
  if (alert !== undefined)
    return { resource: 'metric_alert', action, told: { kind: 'metric_alert', alert, url: webAddress(data?.web_url) } };
  if (found !== null && action !== null && issue_actions.includes(action))
    return { resource: 'issue', action, told: { kind: 'issue', issue: found } };
  const raised = event.safeParse(data?.event ?? data?.error).data;
  if (raised !== undefined)
    return { resource: data?.event == null ? 'error' : 'event_alert', action, told: { kind: 'event', event: raised, issue: found } };
  if (found !== null) return { resource: null, action, told: { kind: 'issue', issue: found } };
  if (data?.installation != null) return { resource: 'installation', action, told: { kind: 'other' } };
  return (data === null ? legacyOf(payload) : null) ?? { resource: null, action, told: { kind: 'other' } };
}

const issue_actions: readonly string[] = ['created', 'resolved', 'unresolved', 'assigned', 'archived', 'ignored'];

function legacyOf(payload: Json): ReturnType<typeof readSentry> | null {
  const told = legacy.safeParse(payload).data;
  if (told === undefined || told.service === null || told.issue_id === null) return null;
  const raised = event.safeParse({ ...told.event, project: told.service, issue_id: told.issue_id }).data;
  if (raised === undefined) return null;
  return { resource: 'event_alert', action: 'triggered', told: { kind: 'event', event: raised, issue: told.issue } };
}

function pairOf({ key, value }: { key: string; value: string | null }): [string, string | null] {
  return [key, value];
}

function slugs() {
  return z
    .array(project)
    .transform((names) => names.filter((name) => name !== null))
    .catch([]);
}

/** `https://sentry.io/api/0/projects/acme/shop/events/1/` names the project `shop`. */
function slugIn(url: string | null): string | null {
  return /\/projects\/[\w-]+\/([\w-]+)\//.exec(url ?? '')?.[1]?.toLowerCase() ?? null;
}

function issueIn(url: string | null | undefined): string | null {
  return /\/issues\/(\d+)(?:\/|$|\?)/.exec(url ?? '')?.[1] ?? null;
}

function webAddress(url: string | null | undefined): string | null {
  return url && URL.canParse(url) && new URL(url).protocol === 'https:' && !/[\s<>"]/.test(url) ? url : null;
}
