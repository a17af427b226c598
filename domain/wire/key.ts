/** An API key. */
import { z } from 'zod';

import { time } from './fields.ts';

export const key_request = z.object({ name: z.string().trim().min(1).max(100), kind: z.enum(['personal', 'agent']) });
export type KeyRequest = z.infer<typeof key_request>;
export const key_view = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(['personal', 'agent']),
  created_at: time,
  last_used_at: time.nullable(),
});
export type KeyView = z.infer<typeof key_view>;
