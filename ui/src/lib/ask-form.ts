import { deserialize } from '$app/forms';

/** Sends a form to an action without leaving the page; resolves to what it answered, or to null when the server did not. */
export async function askForm<Answer extends Record<string, unknown>>(action: string, form: HTMLFormElement): Promise<Answer | null> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
  return askAction(action, body);
}

/** The same with values of one's own. */
export async function askAction<Answer extends Record<string, unknown>>(action: string, body: URLSearchParams): Promise<Answer | null> {
  const headers = { 'x-sveltekit-action': 'true' };
  const response = await fetch(action, { method: 'POST', body, headers }).catch(() => null);
  if (response === null) return null;
  const result = deserialize<Answer, Answer>(await response.text());
  return result.type === 'success' || result.type === 'failure' ? (result.data ?? null) : null;
}
