/**
 * Sentry's issues, events and metric alerts in our words. A member that is absent or of another type reads as null.
 * The service is the project's slug in lower case.
 */
import { z } from 'zod';

import { count, id, instant, maybe, required_id, text } from '../tolerant.ts';

/** Never of digits alone: those are a project's number. */
const plain_slug = z
  .string()
  .regex(/^(?!\d+$)[\w-]{1,100}$/)
  .transform((name) => name.toLowerCase());
export const slug = maybe(plain_slug);
export const word = maybe(
  z
    .string()
    .max(100)
    .transform((name) => name.toLowerCase()),
);
/** A project is its slug, its number, which names no service, or an object with both. */
export const project = maybe(z.union([plain_slug, z.object({ slug: plain_slug }).transform((named) => named.slug)]));
const tags = z
  .array(
    z.union([z.tuple([z.string(), z.string().nullable()]), z.object({ key: z.string(), value: z.string().nullable() }).transform(pairOf)]),
  )
  .transform((pairs) => new Map(pairs))
  .catch(new Map());
const release = z.union([z.string().max(250), z.object({ version: z.string().max(250) }).transform((named) => named.version)]);

export const issue = z
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

export const event = z
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

export const metric_alert = z
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

export function issueIn(url: string | null | undefined): string | null {
  return /\/issues\/(\d+)(?:\/|$|\?)/.exec(url ?? '')?.[1] ?? null;
}

export function webAddress(url: string | null | undefined): string | null {
  return url && URL.canParse(url) && new URL(url).protocol === 'https:' && !/[\s<>"]/.test(url) ? url : null;
}
