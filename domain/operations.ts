/** What an `api_call` may do. One entry per operation; the provider is the part before the dot. */
import { z } from 'zod';

import { address } from './address.ts';
import type { Reversibility } from './proposal.ts';
import { isSettingKey, objectionTo, setting_value } from './setting-registry.ts';

const stripe_id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9_]+$`), `must be a Stripe id that starts with ${prefix}_`);

export const pause_collection_payload = z.strictObject({
  subscription: stripe_id('sub'),
  behavior: z.literal('keep_as_draft'),
  /** When Stripe collects again by itself, ISO 8601 in UTC. */
  resumes_at: z.iso.datetime(),
});
export type PauseCollectionPayload = z.infer<typeof pause_collection_payload>;

const repository = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+$/, 'must be owner/name');
const branch_or_tag = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[^\s~^:?*[\\]+$/, 'must be a branch or a tag');
const commit_sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'must be a full commit SHA');
const intercom_id = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be an Intercom id');
const hubspot_id = z.string().regex(/^\d{1,20}$/, 'must be a HubSpot id');
const line = z
  .string()
  .trim()
  .min(1)
  .max(250)
  .regex(/^[^\r\n]*$/, 'must be a single line');
const calendar_uid = z.string().regex(/^[A-Za-z0-9@._-]{1,200}$/, 'must be a calendar UID without spaces');

const revert_pull_request_payload = z.strictObject({
  repository,
  /** The merged pull request whose changes are taken back. */
  pull_request: z.int().min(1),
  title: line,
  body: z.string().trim().max(20_000),
});

const revert_commit_payload = z.strictObject({
  repository,
  /** The commit whose change is taken back; of a merge, what it brought to its first parent. */
  sha: commit_sha,
  /** The branch that it is taken back on. */
  base: branch_or_tag,
  title: line,
  body: z.string().trim().max(20_000),
});

const redeploy_payload = z.strictObject({
  repository,
  /** The workflow's file name, such as `deploy.yml`. It must listen to `workflow_dispatch`. */
  workflow: z.string().regex(/^[A-Za-z0-9._-]{1,200}\.ya?ml$/, 'must be the file name of a workflow, such as deploy.yml'),
  /** The branch or tag that the workflow runs on. */
  ref: branch_or_tag,
  /** The commit that ran before, and is to run again. */
  sha: commit_sha,
});

const invite_payload = z.strictObject({
  to: address,
  summary: line,
  description: z.string().trim().max(4_000),
  /** ISO 8601 in UTC. */
  starts_at: z.iso.datetime(),
  duration_minutes: z.int().min(5).max(480),
  /** RFC 5545 UID: a cancellation names the same. */
  uid: calendar_uid,
  /** RFC 5545 SEQUENCE: higher replaces lower. */
  sequence: z.int().min(0).max(10_000),
});

const hubspot_task_payload = z.strictObject({
  subject: line,
  body: z.string().trim().max(10_000),
  /** ISO 8601 in UTC. */
  due_at: z.iso.datetime(),
  owner_id: hubspot_id.nullable(),
  contact_id: hubspot_id.nullable(),
});

const setting_change_payload = z
  .strictObject({
    setting: z.string().refine(isSettingKey, 'must be a setting that there is'),
    /** What it has to be when the change is made. */
    from: setting_value,
    to: setting_value,
  })
  .superRefine(({ setting, to }, context) => {
    const objection = isSettingKey(setting) ? objectionTo(setting, to) : null;
    if (objection !== null) context.addIssue({ code: 'custom', path: ['to'], message: objection });
  });

interface Entry {
  payload: z.ZodType;
  reversibility: Reversibility;
  /** How a person takes it back once it has run, in a sentence. */
  how_to_reverse: string;
}

export const operations = {
  'stripe.pause_collection': {
    payload: pause_collection_payload,
    reversibility: 'reversible',
    how_to_reverse: 'Resume collection on the subscription in Stripe, or wait until it resumes by itself.',
  },
  'stripe.resume_collection': {
    payload: z.strictObject({ subscription: stripe_id('sub') }),
    reversibility: 'reversible',
    how_to_reverse: 'Pause collection on the subscription in Stripe again.',
  },
  'github.revert_pull_request': {
    payload: revert_pull_request_payload,
    reversibility: 'compensable',
    how_to_reverse: 'Close the revert pull request on GitHub; if it was merged already, revert it there.',
  },
  'github.revert_commit': {
    payload: revert_commit_payload,
    reversibility: 'compensable',
    how_to_reverse: 'Close the pull request on GitHub and delete its branch; if it was merged already, revert it there.',
  },
  'github.redeploy': {
    payload: redeploy_payload,
    reversibility: 'compensable',
    how_to_reverse: 'Deploy the newer commit again.',
  },
  'intercom.reply': {
    payload: z.strictObject({ conversation: intercom_id, body: z.string().trim().min(1).max(10_000) }),
    reversibility: 'irreversible',
    how_to_reverse: 'A reply that was read cannot be called back. Reply again to correct it.',
  },
  'intercom.assign': {
    payload: z.strictObject({ conversation: intercom_id, assignee_id: intercom_id }),
    reversibility: 'reversible',
    how_to_reverse: 'Assign the conversation in Intercom to whom it belonged before.',
  },
  'calendar.invite': {
    payload: invite_payload,
    reversibility: 'compensable',
    how_to_reverse: 'Draft a cancellation from here: the calendar then takes the meeting out.',
  },
  'calendar.cancel': {
    payload: invite_payload,
    reversibility: 'compensable',
    how_to_reverse: 'Send a new invitation.',
  },
  'hubspot.create_task': {
    payload: hubspot_task_payload,
    reversibility: 'compensable',
    how_to_reverse: 'Delete the task in HubSpot.',
  },
  'settings.change': {
    payload: setting_change_payload,
    reversibility: 'reversible',
    how_to_reverse: 'Set it back to what it was before; what was judged by it meanwhile stays as it is.',
  },
} as const satisfies Record<string, Entry>;
export type Operation = keyof typeof operations;
export type PayloadOf<Name extends Operation> = z.infer<(typeof operations)[Name]['payload']>;

/** What runs inside our own Postgres, and asks nobody outside. */
export const own_operations = ['settings.change'] as const satisfies Operation[];
export type OwnOperation = (typeof own_operations)[number];

/** Whether an operation is one of the product itself, whatever becomes of its list. */
export function isOwnOperation(name: string): boolean {
  return name.startsWith('settings.');
}

export function isOperation(name: string): name is Operation {
  return Object.hasOwn(operations, name);
}
