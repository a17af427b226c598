/** A stored event, and which of them are listed. */
import { z } from 'zod';

import { event_statuses } from '../event.ts';
import { json, page_limit, time } from './fields.ts';

export const event_view = z.object({
  id: z.uuid(),
  source: z.string(),
  type: z.string(),
  occurred_at: time,
  received_at: time,
  processed_at: time.nullable(),
  status: z.enum(event_statuses),
  reason: z.string().nullable(),
  subject: z.string().nullable(),
  proposal_ids: z.array(z.uuid()),
});
export type EventView = z.infer<typeof event_view>;
export const event_detail = event_view.extend({ payload: json });
export type EventDetail = z.infer<typeof event_detail>;

export const events_query = z.object({
  status: z.enum(event_statuses).optional(),
  source: z.string().max(50).optional(),
  cursor: z.string().max(500).optional(),
  limit: page_limit,
});
export type EventsQuery = z.infer<typeof events_query>;
