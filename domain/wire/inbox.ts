/** Which proposals are listed, and a page of them. */
import { z } from 'zod';

import { action_types } from '../action.ts';
import { flags, proposal_statuses, urgencies, verticals } from '../proposal.ts';
import { proposal_view } from './card.ts';
import { page_limit } from './fields.ts';

export const inbox_query = z.object({
  /** One status, or `decided` for all but pending ones. */
  status: z.enum([...proposal_statuses, 'decided']).default('pending'),
  vertical: z.enum(verticals).optional(),
  urgency: z.enum(urgencies).optional(),
  action_type: z.enum(action_types).optional(),
  /** Only those that carry this flag, such as `edited` or `blocked_by_policy`. */
  flag: z.enum(flags).optional(),
  /** Snoozed ones stand among the others, are left out, or are alone. */
  snoozed: z.enum(['shown', 'hidden', 'only']).default('shown'),
  /** Words that its title, subject, facts or draft hold, in any order. */
  q: z.string().trim().max(200).optional(),
  /** By priority, or what changed last first, as a history is read. */
  order: z.enum(['priority', 'newest']).default('priority'),
  cursor: z.string().max(500).optional(),
  limit: page_limit,
});
export type InboxQuery = z.infer<typeof inbox_query>;
export const inbox_page = z.object({ proposals: z.array(proposal_view), next_cursor: z.string().nullable() });
export type InboxPage = z.infer<typeof inbox_page>;
