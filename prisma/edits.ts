/** A person's edit of what would run: the complete new payload, checked by the action's own schema. */
import { payloadSchemaOf } from '../domain/action.ts';
import { Problem } from '../domain/problem.ts';
import { canonicalJson } from '../domain/seal.ts';
import { mapText, normaliseText, type Json } from '../domain/text.ts';
import type { Actor } from './audit.ts';
import type { Sql } from './database.ts';
import { lockProposal, writeVersion, type LockedProposal } from './moves.ts';
import { isKnownRecipient, recipientOf, unknown_recipient_note } from './known-recipients.ts';

type Editable = Pick<LockedProposal, 'action_type' | 'operation'>;

/** Under the proposal's lock: its next version, or the row itself when nothing that would run changed. Throws invalid_edit. */
export async function applyEdit(sql: Sql, row: LockedProposal, actor: Actor, edit: Json | undefined): Promise<LockedProposal> {
  if (edit === undefined) return row;
  const payload = parseEdit(row, edit);
  if (canonicalJson(payload) === canonicalJson(row.payload)) return row;
  await writeVersion(sql, row, { payload }, actor);
  const unknown = await isNowUnknown(sql, row, payload);
  const gone = ['unsupported_numbers', ...(unknown === false ? ['unknown_recipient'] : [])];
  const flags = ['edited', ...(unknown === true ? ['unknown_recipient'] : [])];
  const notes = unknown === true ? [unknown_recipient_note] : [];
  await sql`
    update proposals set
      flags = array(select distinct flag from unnest(flags || ${flags}::text[]) flag where flag <> all(${gone}::text[])),
      notes = notes || array(select note from unnest(${notes}::text[]) note where note <> all(notes)),
      words = jsonb_build_object('by', 'person', 'model', null, 'explanation', null, 'claims', '[]'::jsonb, 'unsupported', '[]'::jsonb)
    where id = ${row.id}`;
  return lockProposal(sql, row.org_id, row.id);
}

/** Throws invalid_edit with each place that does not fit. */
export function parseEdit(row: Editable, edit: Json): Json {
  const parsed = readEdit(row, edit);
  if (parsed.success) return parsed.data as Json;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new Problem('invalid_edit', 'The edited payload does not fit the action. Nothing was decided; correct it and send it again.', {
    errors,
  });
}

/** What an edit leads to; null when it does not fit. */
export function editedPayload(row: Editable, edit: Json): Json | null {
  const parsed = readEdit(row, edit);
  return parsed.success ? (parsed.data as Json) : null;
}

function readEdit({ action_type, operation }: Editable, edit: Json) {
  return payloadSchemaOf(action_type, operation).safeParse(mapText(edit, normaliseText));
}

/** Null when the edit keeps the recipient. */
async function isNowUnknown(sql: Sql, row: LockedProposal, payload: Json): Promise<boolean | null> {
  if (recipientOf(payload) === recipientOf(row.payload)) return null;
  return !(await isKnownRecipient(sql, row.org_id, payload));
}
