import { createHash } from 'node:crypto';

import { mapText, normaliseText, type Json } from './text.ts';

/** Everything that decides what would run. Whoever approves the hash of it approves exactly this. */
export interface SealedContent {
  organisation: string;
  proposal_id: string;
  version: number;
  action_type: string;
  operation: string | null;
  /** The account or sender the action would run as. */
  connection: string;
  /** The whole action, recipient included. */
  payload: Json;
}

/**
 * The SHA-256, in lower-case hexadecimal, of the content's canonical JSON (RFC 8785,
 * https://www.rfc-editor.org/rfc/rfc8785), its text normalised first.
 */
export function sealOf(content: SealedContent): string {
  const { organisation, proposal_id, version, action_type, operation, connection, payload } = content;
  const sealed = { organisation, proposal_id, version, action_type, operation, connection, payload };
  return createHash('sha256')
    .update(canonicalJson(mapText(sealed, normaliseText)), 'utf8')
    .digest('hex');
}

/**
 * RFC 8785: members sorted by UTF-16 code units, numbers and strings as ECMAScript writes them, no white space.
 * Throws a RangeError for a number that JSON cannot express.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

/** SHA-256 of a text or of bytes, in lower-case hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
