/** The product's own figures, as `GET /api/metrics` serves them. */
import { z } from 'zod';

import { action_types } from './action.ts';
import { verticals } from './proposal.ts';

const share = z.number().min(0).max(1);
const count = z.number().int();

/** A share with what it rests on; null while too few cases tell. */
const rate = z.object({ value: share.nullable(), n: count, lower: share.nullable(), upper: share.nullable() });

export const precision_view = z.object({
  vertical: z.enum(verticals),
  action_type: z.enum(action_types),
  /** Of the procedure; `agent` and `user` for drafts that agents and people sent. */
  sop_version: z.string(),
  n: count,
  approved_unchanged: count,
  edited: count,
  rejected: count,
  bad_outcome: count,
  /** Approved ones, unchanged or edited, among all; null without a decision. */
  precision: share.nullable(),
  /** Wilson's 95 % interval. */
  lower: share,
  upper: share,
  /** Since when it drafts nothing any more; null while it does. */
  disabled_at: z.iso.datetime({ offset: true }).nullable(),
  disabled_reason: z.string().nullable(),
});
export type PrecisionView = z.infer<typeof precision_view>;

export const product_figures = z.object({
  precision: z.array(precision_view),
  /** From a card's first showing to its decision, by the person who decided, in seconds. */
  decision_seconds: z.object({ n: count, median: z.number().nullable(), p95: z.number().nullable() }),
  /** Of the last 30 days, by UTC date: cards that came in, and what was decided. */
  per_day: z.array(z.object({ day: z.iso.date(), opened: count, approved: count, rejected: count })),
  hours_saved: z.object({ value: z.number(), n: count, method: z.string() }),
  /** Of the decided cards that had become critical, those that a person approved. */
  escalation_accuracy: rate,
  /** Of the mails that were sent, those that were answered, and those that led to a meeting; nothing detects them yet. */
  reply_rate: rate,
  meeting_rate: rate,
  /** Of all sessions, those that launched a ritual; there are none yet. */
  ritual_share_of_sessions: rate,
  /** Milliseconds, per kind; nothing measures them yet. */
  latency_ms: z.object({ stream: z.number().nullable(), widgets: z.number().nullable() }),
});
export type ProductFigures = z.infer<typeof product_figures>;
