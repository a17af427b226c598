import type { Json } from '#domain/text.ts';

/** A payload's members in their order; none for one that is no object. */
export function entriesOf(payload: Json): [string, Json][] {
  return payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? Object.entries(payload) : [];
}
