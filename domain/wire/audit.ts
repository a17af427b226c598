/** A row of the record. */
import { z } from 'zod';

import { hash, json, time } from './fields.ts';

export const audit_row = z.object({
  seq: z.number().int(),
  proposal_id: z.uuid().nullable(),
  from_status: z.string().nullable(),
  to_status: z.string().nullable(),
  actor_type: z.enum(['system', 'user', 'agent']),
  actor_id: z.string(),
  /** What a user is called today; null for others, and in the stream. */
  actor_name: z.string().nullable().default(null),
  /** For a row whose metadata names a delegation: its members by name, and why. Null in the stream. */
  delegation: z.object({ from_name: z.string(), to_name: z.string(), until: time, reason: z.string() }).nullable().default(null),
  ts: time,
  metadata: z.record(z.string(), json),
  hash,
});
export type AuditRow = z.infer<typeof audit_row>;
