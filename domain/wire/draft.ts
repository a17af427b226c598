/** What may be proposed, and the proposal that comes of it. */
import { z } from 'zod';

import { action_types } from '../action.ts';
import { drafted_verticals, proposal_statuses, urgencies } from '../proposal.ts';
import { any_id, hash, json, optional } from './fields.ts';

export const proposed = z.object({ proposal_id: z.uuid(), status: z.enum(proposal_statuses), payload_hash: hash });
export type Proposed = z.infer<typeof proposed>;

/** The proposal that takes another one back. */
export const rolled_back = proposed.extend({ event_id: z.uuid() });
export type RollbackDrafted = z.infer<typeof rolled_back>;

export const propose_event_request = z.object({ event_id: any_id });
/** A complete draft. Unknown members, such as server-owned fields, are ignored. */
export const propose_draft_request = z.object({
  vertical: z.enum(drafted_verticals),
  action_type: z.enum([...action_types, 'slack']).transform((type) => (type === 'slack' ? 'slack_dm' : type)),
  operation: optional(z.string().max(100)),
  urgency: z.enum(urgencies),
  reasoning: z.string().trim().min(1).max(4_000),
  payload: json,
  evidence: z
    .array(z.union([z.string().max(1_000), z.object({ claim: z.string().max(1_000), event_id: optional(any_id) })]))
    .max(50)
    .nullish()
    .transform((evidence) => evidence ?? []),
  event_id: optional(any_id),
});
export type ProposeDraftRequest = z.infer<typeof propose_draft_request>;
export const propose_report_request = z.object({ type: z.string().min(1).max(200), payload: json });
