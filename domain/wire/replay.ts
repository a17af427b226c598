/** An event that is judged again, with nothing stored. */
import { z } from 'zod';

import { action_types } from '../action.ts';
import { urgencies, verticals } from '../proposal.ts';
import { json } from './fields.ts';

/** What the procedures would propose for a stored event now. */
export const replay_result = z.object({
  event_id: z.uuid(),
  proposals: z.array(
    z.object({
      vertical: z.enum(verticals),
      action_type: z.enum(action_types),
      operation: z.string().nullable(),
      urgency: z.enum(urgencies),
      subject: z.string(),
      title: z.string(),
      payload: json,
      reasoning: z.string(),
      /** A new card; evidence for one that is there; or nothing, for a reason of its procedure's. */
      would: z.enum(['propose', 'join', 'nothing']),
    }),
  ),
  /** Why a procedure, or all of them, would do nothing. */
  reasons: z.array(z.object({ vertical: z.enum(verticals).nullable(), reason: z.string() })),
});
export type ReplayResult = z.infer<typeof replay_result>;
