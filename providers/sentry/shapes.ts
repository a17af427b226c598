/**
 * Sentry's webhook payloads in our words: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
 * and, older, of the webhooks plugin (https://github.com/getsentry/sentry-webhooks) and of service hooks.
 */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import { id, isObject, maybe, text } from '../tolerant.ts';
import {
  event,
  issue,
  issueIn,
  metric_alert,
  project,
  slug,
  webAddress,
  word,
  type Issue,
  type IssueEvent,
  type MetricAlert,
} from './objects.ts';

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
