/** What ran, in which steps and attempts, and its receipt. */
import { z } from 'zod';

import { execution_statuses } from '../proposal.ts';
import { hash, json, time } from './fields.ts';

const attempt_view = z.object({
  n: z.number().int(),
  status: z.enum(['running', 'succeeded', 'failed', 'unknown']),
  started_at: time,
  finished_at: time.nullable(),
  error: z.string().nullable(),
});
export const execution_view = z.object({
  id: z.uuid(),
  idempotency_key: z.string(),
  status: z.enum(execution_statuses),
  started_at: time,
  finished_at: time.nullable(),
  result: json.nullable(),
  error: z.string().nullable(),
  attempts: z.array(attempt_view),
});
export type ExecutionView = z.infer<typeof execution_view>;

export const trace_step = z.object({ step: z.string(), at: time, took_ms: z.number(), summary: z.string() });
export type TraceStep = z.infer<typeof trace_step>;

export const receipt = z.object({
  proposal_id: z.uuid(),
  /** The event that started it, by provider and type. */
  source: z.string(),
  time: time.nullable(),
  /** Who decided it, by email; several when it took several. */
  actor: z.string().nullable(),
  /** What ran it, as which account: `email · outbox:local`. */
  tool: z.string(),
  result: z.string(),
  how_to_reverse: z.string(),
  payload_hash: hash,
  idempotency_key: z.string().nullable(),
  /** Where the mail can be read that went into the local outbox; null when none did. */
  mail_url: z.string().nullable(),
  /** The audit chain's newest hash when this receipt was made: cutting the tail of the chain would show. */
  audit_head: z.object({ seq: z.number().int(), hash }),
});
export type Receipt = z.infer<typeof receipt>;
