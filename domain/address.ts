import { z } from 'zod';

/** One address, nothing else: no display name, no list, no line break. */
export const address = z.email({ error: 'must be one email address, such as ana@example.com' }).max(254);
