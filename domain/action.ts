/** The actions a proposal may carry, each with the schema of its payload. An unknown key is refused: what is sealed is what was meant. */
import { z } from 'zod';

import type { Reversibility } from './proposal.ts';

export const action_types = ['email', 'api_call', 'slack_dm'] as const;
export type ActionType = (typeof action_types)[number];

const subject_chars_max = 250;
const body_chars_max = 20_000;

/** One address, nothing else: no display name, no list, no line break. */
export const address = z.email({ error: 'must be one email address, such as ana@example.com' }).max(254);

export const email_payload = z.strictObject({
  to: address,
  subject: z
    .string()
    .trim()
    .min(1)
    .max(subject_chars_max)
    .regex(/^[^\r\n]*$/, 'must be a single line'),
  body: z.string().trim().min(1).max(body_chars_max),
});
export type EmailPayload = z.infer<typeof email_payload>;

const slack_member = z.union(
  [z.string().regex(/^[UW][A-Z0-9]{2,}$/), address],
  'must be a Slack member id, such as U012AB3CD, or an email address',
);
const slack_text = z.string().trim().min(1).max(3_000);
/** As Slack has it, or as a draft has it that is written like an email. */
const slack_dm_payload = z.union([
  z.strictObject({ to: slack_member, text: slack_text }),
  z.strictObject({ to: slack_member, subject: email_payload.shape.subject, body: slack_text }),
]);

const stripe_id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9_]+$`), `must be a Stripe id that starts with ${prefix}_`);

export const pause_collection_payload = z.strictObject({
  subscription: stripe_id('sub'),
  behavior: z.literal('keep_as_draft'),
  /** When Stripe collects again by itself, ISO 8601 in UTC. */
  resumes_at: z.iso.datetime(),
});
export type PauseCollectionPayload = z.infer<typeof pause_collection_payload>;

const resume_collection_payload = z.strictObject({ subscription: stripe_id('sub') });
type ResumeCollectionPayload = z.infer<typeof resume_collection_payload>;

/** What an `api_call` may do. One line per operation; the provider is the part before the dot. */
export const operations = {
  'stripe.pause_collection': { payload: pause_collection_payload, reversibility: 'reversible' },
  'stripe.resume_collection': { payload: resume_collection_payload, reversibility: 'reversible' },
} as const satisfies Record<string, { payload: z.ZodType; reversibility: Reversibility }>;
export type Operation = keyof typeof operations;

function isOperation(name: string): name is Operation {
  return Object.hasOwn(operations, name);
}

export type Action =
  | { action_type: 'email'; operation: null; payload: EmailPayload }
  | { action_type: 'slack_dm'; operation: null; payload: z.infer<typeof slack_dm_payload> }
  | { action_type: 'api_call'; operation: 'stripe.pause_collection'; payload: PauseCollectionPayload }
  | { action_type: 'api_call'; operation: 'stripe.resume_collection'; payload: ResumeCollectionPayload };

/** `provider.verb`: what an operation's name looks like, whether anything here can run it or not. */
export const operation_name = /^[a-z][a-z0-9_]{1,40}\.[a-z][a-z0-9_]{1,60}$/;
/** An operation that nothing here can run may be drafted, to be seen and refused; its payload is any object. */
const unlisted_payload = z.record(z.string(), z.json());

export function payloadSchemaOf(action_type: ActionType, operation: string | null): z.ZodType {
  if (action_type === 'email') return email_payload;
  if (action_type === 'slack_dm') return slack_dm_payload;
  return operation !== null && isOperation(operation) ? operations[operation].payload : unlisted_payload;
}

/** Words that have gone out cannot be called back; a provider call says for itself. */
export function reversibilityOf(action_type: ActionType, operation: string | null): Reversibility {
  if (action_type !== 'api_call') return 'irreversible';
  return operation !== null && isOperation(operation) ? operations[operation].reversibility : 'irreversible';
}

/** How a person takes it back once it has run, in a sentence. */
export function howToReverse(action_type: ActionType, operation: string | null, connection: string): string {
  if (connection === 'outbox:local') return 'It lies in the local outbox and was sent to nobody: delete the file.';
  if (action_type === 'email') return 'An email cannot be called back. Write to the recipient again to correct it.';
  if (action_type === 'slack_dm') return 'A message that was read cannot be called back. Write again to correct it.';
  if (operation === 'stripe.pause_collection')
    return 'Resume collection on the subscription in Stripe, or wait until it resumes by itself.';
  if (operation === 'stripe.resume_collection') return 'Pause collection on the subscription in Stripe again.';
  return 'It cannot be reversed from here.';
}

const action_schema: z.ZodType<Action> = z.union([
  z.object({ action_type: z.literal('email'), operation: z.null(), payload: email_payload }),
  z.object({ action_type: z.literal('slack_dm'), operation: z.null(), payload: slack_dm_payload }),
  z.object({ action_type: z.literal('api_call'), operation: z.literal('stripe.pause_collection'), payload: pause_collection_payload }),
  z.object({ action_type: z.literal('api_call'), operation: z.literal('stripe.resume_collection'), payload: resume_collection_payload }),
]);

/** Reads an action back from the database; null for one that no schema allows. */
export function readAction({
  action_type,
  operation,
  payload,
}: {
  action_type: string;
  operation: string | null;
  payload: unknown;
}): Action | null {
  const read = action_schema.safeParse({ action_type, operation, payload });
  return read.success ? read.data : null;
}
