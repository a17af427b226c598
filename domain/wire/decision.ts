/** A person's verdict, and the answer to it. */
import { z } from 'zod';

import { proposal_statuses } from '../proposal.ts';
import { any_id, hash, json, optional, time } from './fields.ts';

export const decide_request = z.object({
  proposal_id: any_id,
  decision: z.enum(['approve', 'reject']),
  payload_hash: hash,
  /** The deciding person's email or id; refused when it is somebody else's. */
  actor: optional(z.string().max(254)),
  feedback: optional(z.string().max(2_000)),
  /** The complete new payload; `payload_hash` names the version that was edited. */
  edit: optional(json),
  /** Proof that a passkey was just used for this version: from `POST /api/passkeys/step-up`. */
  step_up: optional(z.string().max(200)),
});
export type DecideRequest = z.infer<typeof decide_request>;
export const decide_response = z.object({
  proposal_id: z.uuid(),
  status: z.enum(proposal_statuses),
  decision: z.enum(['approve', 'reject']),
  decided_by: z.string(),
  decided_at: time,
  payload_hash: hash,
});
export type DecideResponse = z.infer<typeof decide_response>;
