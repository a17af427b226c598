/** A proposal as everybody sees it. */
import { z } from 'zod';

import { action_types } from '../action.ts';
import { escalations } from '../escalation.ts';
import { gesture } from '../gesture.ts';
import { proposal_statuses, reversibilities, urgencies, verticals } from '../proposal.ts';
import { evidence, fact } from './fact.ts';
import { hash, json, time } from './fields.ts';

export const priority = z.object({
  score: z.number().int(),
  parts: z.object({ revenue: z.number().int(), urgency: z.number().int(), effort: z.number().int(), strategic: z.number().int() }),
});

const linked = z.object({
  id: z.uuid(),
  title: z.string(),
  action_type: z.enum(action_types),
  operation: z.string().nullable(),
  status: z.enum(proposal_statuses),
});

export const proposal_view = z.object({
  id: z.uuid(),
  status: z.enum(proposal_statuses),
  urgency: z.enum(urgencies),
  vertical: z.enum(verticals),
  action_type: z.enum(action_types),
  operation: z.string().nullable(),
  connection: z.string(),
  subject: z.string(),
  /** One line for the card: who and what. */
  title: z.string(),
  facts: z.array(fact),
  /** Why this is proposed, by the rules. */
  reasoning: z.string(),
  /** Who wrote the payload's words, and what the model said about them. */
  words: z.object({
    by: z.enum(['rules', 'model', 'agent', 'person']),
    model: z.string().nullable(),
    explanation: z.string().nullable(),
    /** What the model says its text states, each with the evidence it names, as indexes into `evidence`. */
    claims: z.array(z.object({ claim: z.string(), evidence: z.array(z.number().int()) })).default([]),
    /** Numbers and claims of the model's text that no evidence supports: read the card before approving. */
    unsupported: z.array(z.string()).default([]),
  }),
  evidence: z.array(evidence),
  payload: json,
  /** Who a Slack message is for, where the payload names them by id and we know them. */
  recipient_name: z.string().nullable(),
  payload_hash: hash,
  version: z.number().int().min(1),
  event_ids: z.array(z.uuid()),
  flags: z.array(z.string()),
  /** What the flags want to say, in sentences, such as what changed since the approval. */
  notes: z.array(z.string()),
  priority,
  reversibility: z.enum(reversibilities),
  /** What approving it takes of a person. */
  gesture,
  /** How long an approval could be taken back before the action starts; 0 when it starts at once. */
  undo_seconds: z.number().int(),
  required_approvals: z.number().int(),
  approvals: z.number().int(),
  /** Who has approved this version, in their order. */
  approved_by: z.array(z.object({ user_id: z.string(), name: z.string(), email: z.string(), at: time })),
  /** The person who asked for it; null for what a procedure or an agent drafted. */
  proposed_by: z.object({ user_id: z.string(), name: z.string() }).nullable(),
  /** How many events it stands for. */
  event_count: z.number().int(),
  escalates_at: time.nullable(),
  /** How far the procedure's time has brought it: a reminder at a quarter between `from` and `at`, another person at half, the owner at the end. */
  escalation: z.object({ stage: z.enum(escalations), from: time.nullable(), at: time.nullable() }),
  /** To whom it is handed while that lasts, by member ids. */
  delegation: z
    .object({ to: z.string(), to_name: z.string(), from: z.string(), from_name: z.string(), until: time, reason: z.string() })
    .nullable(),
  snoozed_until: time.nullable(),
  /** Snoozed until the next event joins it. */
  snoozed_until_event: z.boolean(),
  /** The other proposals about the same incident, in their order. */
  linked: z.array(linked),
  expires_at: time.nullable(),
  /** When an approved action starts; until then it can be undone. */
  executes_at: time.nullable(),
  /** The verdict that stands, when there is one. */
  decision: z
    .object({
      decision: z.enum(['approve', 'reject']),
      decided_by: z.string(),
      decided_by_name: z.string(),
      decided_at: time,
      /** Where. */
      via: z.enum(['web', 'api', 'slack']),
      feedback: z.string().nullable(),
    })
    .nullable(),
  /** Who has to answer for it to run; null when nobody outside has to. `since` is the first of the connections that failed. */
  provider: z.object({ name: z.string(), state: z.enum(['ok', 'down']), since: time.nullable() }).nullable(),
  /** For what was done: whether it can be taken back from here now, by which proposal it is, and whether it has been. Null for all else. */
  rollback: z.object({ possible: z.boolean(), proposal_id: z.uuid().nullable(), done: z.boolean() }).nullable(),
  /** The executed proposal that this one takes back. */
  compensates: z.uuid().nullable(),
  workflow_id: z.string(),
  /** The run in the Temporal UI; null when its address is not known. */
  workflow_url: z.string().nullable(),
  created_at: time,
  updated_at: time,
});
export type ProposalView = z.infer<typeof proposal_view>;
