import type { Editable } from '#lib/card/edit/field.ts';
import { proposalFieldsPath } from '#lib/paths.ts';

/** A draft's fields as they are sealed now; null when the server cannot be asked. */
export async function fetchEditable(id: string): Promise<Editable | null> {
  const response = await fetch(proposalFieldsPath(id)).catch(() => null);
  return response?.ok === true ? await response.json() : null;
}
