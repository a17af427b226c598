/** What an approval would send, with nothing sent. */
import { z } from 'zod';

import { json, optional } from './fields.ts';

/** Nothing said: as it is. */
export const dry_run_request = z.object({ edit: optional(json) });

export const dry_run = z.object({
  connection: z.string(),
  /** The exact request that would be made, secrets left out. */
  request: z.record(z.string(), json),
  repeat: z.enum(['native-key', 'look-before-write', 'never-retry']),
});
export type DryRun = z.infer<typeof dry_run>;
