/** What a person does to a proposal besides deciding it. */
import { z } from 'zod';

import { optional, time } from './fields.ts';

export const snooze_request = z
  .object({ until: optional(time), until_event: optional(z.boolean()) })
  .refine(({ until, until_event }) => (until !== undefined) !== (until_event === true), 'give either until or "until_event": true');
export type SnoozeRequest = z.input<typeof snooze_request>;

/** Nothing said: the time it had at first, again from now. */
export const extend_request = z
  .object({ hours: optional(z.number().positive().max(100_000)), until: optional(time) })
  .refine(({ hours, until }) => hours === undefined || until === undefined, 'give either hours or until');
export type ExtendRequest = z.input<typeof extend_request>;

export const delegate_request = z.object({
  /** A member's id or email. */
  to: z.string().trim().min(1).max(254),
  until: time,
  reason: z.string().trim().min(1).max(500),
});
export type DelegateRequest = z.input<typeof delegate_request>;

export const resolve_request = z.object({
  outcome: z.enum(['executed', 'succeeded', 'failed']).transform((outcome) => (outcome === 'succeeded' ? 'executed' : outcome)),
  note: z.string().trim().max(2_000).default(''),
});
