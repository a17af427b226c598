/** One fact or claim of a card, and where it was read. */
import { z } from 'zod';

import { time } from './fields.ts';

/** One fact on a card, rendered by our code. */
export const fact = z.object({
  label: z.string(),
  value: z.string(),
  /** Shown in bold: what a person should not overlook. */
  unusual: z.boolean(),
  /** The event the fact was read from, when there is one. */
  event_id: z.uuid().nullable(),
  /** When the value is a moment: for showing it in the reader's zone, and how long ago. */
  at: time.nullable().default(null),
});
export type Fact = z.infer<typeof fact>;

export const evidence = z.object({
  claim: z.string(),
  event_id: z.uuid().nullable(),
  /** Where the claim comes from when it is no event: `context` or a whitelisted metric. */
  metric: z.string().nullable(),
});
export type Evidence = z.infer<typeof evidence>;
