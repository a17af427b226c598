/** A form's submission as a site of one's own would send it. */
import type { Json } from '../../domain/text.ts';

export function formSubmission(more: { [key: string]: Json } = {}): { [key: string]: Json } {
  return { name: 'Bo Example', email: 'bo@example.com', company: 'Example Ltd', message: 'Can we talk about a pilot?', ...more };
}
