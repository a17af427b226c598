/** One Slack client, whose retries are off: Temporal owns them. Every failure keeps its meaning. */
import { LogLevel, WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError, WebClient } from '@slack/web-api';

import { NotNow, OutcomeUnknown, PermanentError } from '../../domain/executor.ts';
import { fetchWithin, garbled, lost, NoAnswer, refused, type Asked } from '../http.ts';

const slack_api = 'https://slack.com/api';

export interface SlackSettings {
  token: string;
  /** A stand-in's address; Slack's own when absent. */
  api_url?: string;
  ms_max?: number;
}

export function createSlackClient({ token, api_url = slack_api, ms_max }: SlackSettings): WebClient {
  const silent = () => undefined;
  return new WebClient(token, {
    slackApiUrl: `${api_url.replace(/\/+$/, '')}/`,
    allowAbsoluteUrls: false,
    fetch: fetchWithin(api_url, ms_max),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    // Its warnings repeat what was sent.
    logger: {
      debug: silent,
      info: silent,
      warn: silent,
      error: silent,
      setLevel: silent,
      getLevel: () => LogLevel.ERROR,
      setName: silent,
    },
  });
}

/** Runs one call of the Web API; what it throws says whether to try again, give up, or ask a human. */
export async function asking<T>(asked: Asked, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw meaningOf(error, asked);
  }
}

/** The word by which Slack refused, such as `users_not_found`. */
export class SlackRefusal extends PermanentError {
  readonly code: string;
  /** Whether the app as a whole is refused, and not only what was asked. */
  readonly of_app: boolean;

  constructor(code: string) {
    super(`Slack refused it (${code}).${adviceFor(code)}`);
    this.code = code;
    this.of_app = isTokenError(code);
  }
}

/** https://docs.slack.dev/reference/methods/auth.test/#errors */
const token_errors = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
  'no_permission',
  'org_login_required',
  'ekm_access_denied',
  'access_denied',
  'team_access_not_granted',
]);

export const isTokenError = (code: string): boolean => token_errors.has(code);

function adviceFor(code: string): string {
  if (code === 'missing_scope')
    return ' The app lacks a scope: chat:write, im:write, im:history, users:read and users:read.email are needed.';
  return isTokenError(code) ? ' Check SLACK_BOT_TOKEN.' : '';
}

/** https://docs.slack.dev/reference/methods/chat.postMessage/#errors: of these, some part may have been done. */
const own_errors = new Set(['fatal_error', 'internal_error', 'request_timeout', 'service_unavailable', 'team_added_to_org']);
const for_now = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);

function meaningOf(error: unknown, asked: Asked): Error {
  if (error instanceof NotNow || error instanceof OutcomeUnknown || error instanceof PermanentError) return error;
  if (error instanceof WebAPIRequestError && error.original instanceof NoAnswer) return lost('Slack', error.original, asked);
  if (error instanceof WebAPIRateLimitedError) return new NotNow('Slack could not do it now (429).', error.retryAfter);
  if (error instanceof WebAPIHTTPError) return refused('Slack', { status: error.statusCode }, asked);
  if (error instanceof WebAPIPlatformError) {
    const code: unknown = error.data.error;
    if (typeof code !== 'string' || !/^[a-z][a-z0-9_]{1,60}$/.test(code)) return garbled('Slack', asked);
    if (for_now.has(code)) return new NotNow(`Slack could not do it now (${code}).`, null);
    if (own_errors.has(code)) return refused('Slack', { status: 500, code }, asked);
    return new SlackRefusal(code);
  }
  // A 429 without the time to wait has no class of its own.
  if (error instanceof Error && error.message.startsWith('Retry header')) return new NotNow('Slack could not do it now (429).', null);
  return garbled('Slack', asked);
}
