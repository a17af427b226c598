/** A task for somebody in HubSpot. It knows no idempotency key: the task's text carries one, and a repeat looks for it first. */
import { z } from 'zod';

import type { Action } from '../../domain/action.ts';
import { NotNow, OutcomeUnknown, PermanentError, type ExecutionResult, type Executor, type LookUpOrder } from '../../domain/executor.ts';
import type { PayloadOf } from '../../domain/operations.ts';
import { htmlOf } from '../html.ts';
import { identify, type Identity } from '../identity.ts';
import type { JsonApi } from '../json-api.ts';

/** https://developers.hubspot.com/docs/api-reference/legacy/crm/associations/associate-records/guide#association-type-id-values */
const task_to_contact = 204;
/** HubSpot's search finds a new object only after a while, and nothing says how long that is at most. */
const appears_within_ms = 30_000;
const clock_skew_ms = 120_000;
const pages_max = 10;

export interface HubspotAccount {
  hubspot: JsonApi;
  identity: Identity;
}

/** `hubspot:<portal>`. */
export function hubspotIdentity(hubspot: JsonApi): Promise<Identity> {
  return identify(async () => {
    const details = await hubspot({ method: 'GET', path: '/account-info/v3/details', asked: 'read', answer: account_details });
    return `hubspot:${details.portalId}`;
  }, 'hubspot:unread');
}

const account_details = z.object({ portalId: z.int() });
const created_task = z.object({ id: z.string() });
const found_tasks = z.object({
  results: z.array(z.object({ id: z.string(), properties: z.object({ hs_task_body: z.string().nullish() }) })),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

export function hubspotExecutors(account: HubspotAccount | null) {
  return { 'hubspot.create_task': createTask(account) } satisfies Record<string, Executor>;
}

function createTask(account: HubspotAccount | null): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => account?.identity.connection() ?? null,
    describe: (action, key) => ({ method: 'POST', path: tasks_path, body: bodyOf(action, key) }),
    async run({ action, idempotency_key, dispatching, signal }): Promise<ExecutionResult> {
      const hubspot = connected(account);
      const body = bodyOf(action, idempotency_key);
      signal.throwIfAborted();
      await dispatching();
      const { id } = await hubspot({ method: 'POST', path: tasks_path, body, asked: 'effect', answer: created_task, signal });
      return { task: id };
    },
    lookUp,
  };

  async function lookUp({ idempotency_key, first_attempt_at, dispatched_at, signal }: LookUpOrder): Promise<ExecutionResult> {
    const hubspot = connected(account);
    let after: string | undefined;
    for (let page = 0; page < pages_max; page += 1) {
      const body = { ...searchSince(first_attempt_at), ...(after === undefined ? {} : { after }) };
      const { results, paging } = await hubspot({
        method: 'POST',
        path: `${tasks_path}/search`,
        body,
        asked: 'read',
        answer: found_tasks,
        signal,
      });
      const ours = results.find(({ properties }) => properties.hs_task_body?.includes(`(${idempotency_key})`));
      if (ours !== undefined) return { task: ours.id };
      after = paging?.next?.after;
      if (after === undefined) return notFound(dispatched_at ?? first_attempt_at);
    }
    throw new OutcomeUnknown('The task may have been made, and too many were made in HubSpot since to find it.');
  }
}

const tasks_path = '/crm/v3/objects/tasks';

function searchSince(first_attempt_at: Date) {
  const value = String(first_attempt_at.getTime() - clock_skew_ms);
  return {
    filterGroups: [{ filters: [{ propertyName: 'hs_createdate', operator: 'GTE', value }] }],
    sorts: [{ propertyName: 'hs_createdate', direction: 'DESCENDING' }],
    properties: ['hs_task_body'],
    limit: 100,
  };
}

/** What its search does not find may be there all the same, so it is a person who looks before another is made. */
function notFound(dispatched_at: Date): never {
  const left_ms = appears_within_ms - (Date.now() - dispatched_at.getTime());
  if (left_ms > 0) throw new NotNow('HubSpot may not find the task yet.', Math.ceil(left_ms / 1_000));
  throw new OutcomeUnknown('The task may have been made: HubSpot’s search does not find it, but it does not find new ones reliably.');
}

function bodyOf(action: Action, key: string) {
  const { subject, body, due_at, owner_id, contact_id } = taskOf(action);
  return {
    properties: {
      hs_timestamp: due_at,
      hs_task_subject: subject,
      hs_task_body: htmlOf(`${body}\n\n(${key})`.trim()),
      hs_task_status: 'NOT_STARTED',
      hs_task_type: 'TODO',
      ...(owner_id === null ? {} : { hubspot_owner_id: owner_id }),
    },
    associations:
      contact_id === null
        ? []
        : [{ to: { id: contact_id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: task_to_contact }] }],
  };
}

function taskOf(action: Action): PayloadOf<'hubspot.create_task'> {
  if (action.operation === 'hubspot.create_task') return action.payload;
  throw new PermanentError(`This executor cannot run "${action.operation ?? action.action_type}".`);
}

function connected(account: HubspotAccount | null): JsonApi {
  if (account === null) throw new PermanentError('HubSpot is not connected: set HUBSPOT_TOKEN.');
  return account.hubspot;
}
