/** The actions a proposal may carry, each with the schema of its payload. An unknown key is refused: what is sealed is what was meant. */
import { z } from 'zod';

import { address } from './address.ts';
import { isOperation, operations, type Operation, type PayloadOf } from './operations.ts';
import type { Reversibility } from './proposal.ts';

export const action_types = ['email', 'api_call', 'slack_dm'] as const;
export type ActionType = (typeof action_types)[number];

const subject_chars_max = 250;
const body_chars_max = 20_000;

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

export const slack_member_id = z.string().regex(/^[UW][A-Z0-9]{2,}$/, 'must be a Slack member id, such as U012AB3CD');
const slack_member = z.union([slack_member_id, address], 'must be a Slack member id, such as U012AB3CD, or an email address');
const slack_text = z.string().trim().min(1).max(3_000);
/** As Slack has it, or as a draft has it that is written like an email. */
export const slack_dm_payload = z.union([
  z.strictObject({ to: slack_member, text: slack_text }),
  z.strictObject({ to: slack_member, subject: email_payload.shape.subject, body: slack_text }),
]);
export type SlackDmPayload = z.infer<typeof slack_dm_payload>;

type ApiCall = { [Name in Operation]: { action_type: 'api_call'; operation: Name; payload: PayloadOf<Name> } }[Operation];
export type Action =
  | { action_type: 'email'; operation: null; payload: EmailPayload }
  | { action_type: 'slack_dm'; operation: null; payload: SlackDmPayload }
  | ApiCall;

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
  if (operation !== null && isOperation(operation)) return operations[operation].how_to_reverse;
  return 'It cannot be reversed from here.';
}

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
  const type = action_types.find((known) => known === action_type);
  const listed = type === 'api_call' ? operation !== null && isOperation(operation) : operation === null;
  if (type === undefined || !listed) return null;
  const read = payloadSchemaOf(type, operation).safeParse(payload);
  // The schema is the one that belongs to this type and operation, which is more than the compiler can follow.
  return read.success ? ({ action_type: type, operation, payload: read.data } as Action) : null;
}
