/** One message to one endpoint, signed by Standard Webhooks: https://www.standardwebhooks.com */
import { standardWebhookHeaders } from '../standard-webhooks.ts';
import { post, PostFailed, type Reach } from './post.ts';

export interface WebhookMessage {
  id: string;
  url: string;
  secrets: readonly string[];
  payload: unknown;
}

export type WebhookOutcome =
  | { ok: true; status: number }
  /** `gone`: the receiver wants nothing more. `of_endpoint`: it could not take any message now. */
  | { ok: false; status: number | null; error: string; retry_after_seconds: number | null; of_endpoint: boolean; gone: boolean };

const answer_ms_max = 15_000;
const retry_after_seconds_max = 86_400;

export async function sendWebhook(
  { id, url, secrets, payload }: WebhookMessage,
  reach: Reach,
  ms_max = answer_ms_max,
): Promise<WebhookOutcome> {
  const body = JSON.stringify(payload);
  const headers = { 'content-type': 'application/json', ...standardWebhookHeaders(id, body, secrets, new Date()) };
  try {
    const { status, header } = await post(url, { headers, body }, { reach, ms_max });
    if (status >= 200 && status < 300) return { ok: true, status };
    return {
      ok: false,
      status,
      error: sentenceFor(status),
      retry_after_seconds: retryAfter(header('retry-after')),
      of_endpoint: status === 429 || status >= 500,
      gone: status === 410,
    };
  } catch (error) {
    if (!(error instanceof PostFailed)) throw error;
    return { ok: false, status: null, error: error.message, retry_after_seconds: null, of_endpoint: true, gone: false };
  }
}

function sentenceFor(status: number): string {
  if (status === 410) return 'It answered 410: it wants nothing more.';
  if (status === 429) return 'It answered 429: too many messages for now.';
  if (status >= 300 && status < 400) return `It answered ${status}: it has moved, and redirects are not followed.`;
  return `It answered ${status}.`;
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(value: string | null, now_ms = Date.now()): number | null {
  if (value === null) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now_ms) / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), retry_after_seconds_max) : null;
}
